// The console: which view an address shows, and the frame around it. Every state worth sharing is in the address.
import * as store from "./store.js";
import { element, failure } from "./page.js";
import { browse, buckets } from "./objects.js";
import { results, suggest } from "./search.js";
import { system } from "./system.js";

const main = document.getElementById("main");
const top = document.getElementById("top");
let turn = 0;

const views = { buckets: () => buckets(), browse: (path, query) => browse(path, query), search: (path, query) => results(query), system: () => system() };

/** `#/NAME/PATH?QUERY` */
function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  return { name: name || "buckets", path: rest.map(decodeURIComponent), query: new URLSearchParams(query) };
}

async function show() {
  const mine = ++turn;
  document.querySelectorAll("dialog").forEach((box) => box.close());
  top.hidden = !store.isLoggedIn();
  if (!store.isLoggedIn()) return main.replaceChildren(login());
  const { name, path, query } = address();
  for (const item of document.querySelectorAll("nav a")) {
    const isHere = item.hash === `#/${name}` || (name === "browse" && item.hash === "#/buckets");
    if (isHere) item.setAttribute("aria-current", "page"); else item.removeAttribute("aria-current");
  }
  document.getElementById("quick").hidden = name === "search";
  const wait = setTimeout(() => mine === turn && main.replaceChildren(element("p", { class: "empty" }, "Loading …")), 250);
  let content;
  try {
    content = await (views[name] ?? views.buckets)(path, query);
  } catch (error) {
    content = failure(error);
  }
  clearTimeout(wait);
  // Somebody has gone on meanwhile.
  if (mine !== turn) return;
  main.replaceChildren(...[content].flat().filter(Boolean));
  const title = main.querySelector("h1, .crumbs")?.textContent;
  document.title = title ? `${title} – Roost` : "Roost";
  const first = main.querySelector("[data-focus]");
  first?.focus();
  first?.setSelectionRange?.(first.value.length, first.value.length);
}

function login() {
  const accessKey = element("input", { type: "text", name: "access", autocomplete: "username", required: true, spellcheck: "false", "data-focus": true });
  const secretKey = element("input", { type: "password", name: "secret", autocomplete: "current-password", required: true });
  const place = element("div");
  const button = element("button", { class: "primary", type: "submit" }, "Log in");
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await store.logIn(accessKey.value.trim(), secretKey.value.trim());
      await show();
    } catch (error) {
      place.replaceChildren(failure(error.code === "InvalidAccessKeyId" || error.code === "SignatureDoesNotMatch" ? new Error("This access key and secret do not belong together.") : error));
    } finally {
      button.disabled = false;
    }
  };
  setTimeout(() => accessKey.focus());
  return element("div", { class: "login" },
    element("div", { class: "brand" }, element("img", { src: "icon.svg", alt: "", width: "32", height: "32" }), " Roost"),
    element("form", { class: "card stack", onsubmit: submit },
      element("h1", {}, "Log in"),
      element("label", {}, "Access key", accessKey), element("label", {}, "Secret key", secretKey), place, button,
      element("p", { class: "soft small" }, "The secret stays in this tab: requests are signed here and sent without it.")));
}

document.getElementById("logout").addEventListener("click", async () => { await store.logOut(); location.hash = ""; show(); });
document.getElementById("quick").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = `#/search?${new URLSearchParams({ q: event.target.q.value })}`;
});
suggest(document.getElementById("quick-query"), document.getElementById("suggestions"), () => null);
window.addEventListener("hashchange", () => show().then(() => main.contains(document.activeElement) || main.focus({ preventScroll: true })));
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "") || document.querySelector("dialog[open]")) return;
  const field = document.querySelector("#search-query") ?? document.getElementById("quick-query");
  if (field?.offsetParent) { event.preventDefault(); field.focus(); }
});
show();
