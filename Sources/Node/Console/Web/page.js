// Small pieces that every view is made of. Text goes in as text, never as markup.

export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (key in node && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** HTML of the server in which nothing but `<em>` stands; everything else of it is text. */
export function emphasised(fragment) {
  const parsed = new DOMParser().parseFromString(fragment, "text/html").body;
  return Array.from(parsed.childNodes, (node) => (node.nodeName === "EM" ? element("em", {}, node.textContent) : node.textContent));
}

export function bytes(count) {
  if (count === undefined || count === null || Number.isNaN(count)) return "–";
  if (count < 1024) return `${count} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = -1;
  for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024;
  return `${count < 100 ? count.toFixed(1) : Math.round(count)} ${units[unit]}`;
}

export function when(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return "–";
  return element("time", { datetime: date.toISOString(), title: date.toISOString() },
    date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));
}

export const plural = (count, noun) => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;

export function notify(message) {
  const line = element("p", {}, message);
  document.getElementById("notices").append(line);
  setTimeout(() => line.remove(), 6000);
}

export const failure = (error) => element("p", { class: "error", role: "alert" }, error.message || String(error));

/** A dialog that closes by Escape, by its button or by `close`; focus returns to where it was. */
export function dialog(title, build) {
  const box = element("dialog", { "aria-labelledby": "dialog-title" });
  const close = () => box.close();
  box.append(element("h2", { id: "dialog-title" }, title), ...[build(close)].flat());
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

/** Asks before something is gone; what must be typed, if anything, says that it was read. */
export function confirm(title, text, action, typed) {
  return new Promise((resolve) => {
    const box = dialog(title, (close) => {
      const input = typed && element("input", { type: "text", "aria-label": `Type ${typed}`, autocomplete: "off" });
      const button = element("button", { class: "danger primary", type: "submit", disabled: Boolean(typed) }, action);
      input?.addEventListener("input", () => { button.disabled = input.value !== typed; });
      return element("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); resolve(true); close(); } },
        element("p", {}, text), input && element("label", {}, `Type “${typed}” to go on`, input),
        element("div", { class: "bar" }, button, element("button", { type: "button", onclick: close }, "Cancel")));
    });
    box.addEventListener("close", () => resolve(false));
  });
}

export function table(headings, rows) {
  const cell = (name, heading, content) => element(name, { class: [heading.number && "number", heading.key && "key", heading.wide && "wide"].filter(Boolean).join(" ") || undefined, scope: name === "th" ? "col" : undefined }, content);
  return element("div", { class: "card scroll" }, element("table", {},
    element("thead", {}, element("tr", {}, headings.map((heading) => cell("th", heading, heading.text)))),
    element("tbody", {}, rows.map((row) => element("tr", {}, row.map((content, index) => cell("td", headings[index], content)))))));
}

export const link = (href, text, properties = {}) => element("a", { href, ...properties }, text);
