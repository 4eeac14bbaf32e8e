// Buckets, and what is in them.
import * as store from "./store.js";
import { bytes, confirm, dialog, element, failure, link, notify, plural, table, when } from "./page.js";

export const browseAddress = (bucket, prefix = "") => `#/browse/${encodeURIComponent(bucket)}${prefix ? `?${new URLSearchParams({ prefix })}` : ""}`;
const again = () => window.dispatchEvent(new HashChangeEvent("hashchange"));

export async function buckets() {
  const list = await store.listBuckets();
  const remove = async (name) => {
    if (!(await confirm(`Delete the bucket ${name}?`, "Only an empty bucket can be deleted. Its name is free for others then.", "Delete bucket", name))) return;
    try { await store.deleteBucket(name); notify(`${name} was deleted.`); again(); } catch (error) { notify(error.message); }
  };
  return [
    element("div", { class: "bar" }, element("h1", { class: "grow" }, "Buckets"), element("button", { class: "primary", type: "button", onclick: create }, "New bucket")),
    list.length === 0
      ? element("div", { class: "card empty" }, element("p", {}, "There are no buckets yet."), element("p", { class: "small" }, "Make one here, or with any S3 client."))
      : table([{ text: "Name", key: true }, { text: "Created", wide: true }, { text: element("span", { class: "hidden" }, "Actions"), number: true }],
        list.map(({ name, created }) => [link(browseAddress(name), name), when(created),
          element("button", { class: "link danger small", type: "button", "aria-label": `Delete ${name}`, onclick: () => remove(name) }, "Delete")])),
  ];
}

function create() {
  dialog("New bucket", (close) => {
    const name = element("input", { type: "text", required: true, minlength: "3", maxlength: "63", pattern: "[a-z0-9][a-z0-9.\\-]+[a-z0-9]", autocomplete: "off", spellcheck: "false" });
    const place = element("div");
    const submit = async (event) => {
      event.preventDefault();
      try { await store.createBucket(name.value); close(); location.hash = browseAddress(name.value); } catch (error) { place.replaceChildren(failure(error)); }
    };
    setTimeout(() => name.focus());
    return element("form", { class: "stack", onsubmit: submit }, element("label", {}, "Name", name),
      element("p", { class: "soft small" }, "3 to 63 small letters, digits, dots and hyphens."), place,
      element("div", { class: "bar" }, element("button", { class: "primary", type: "submit" }, "Create"), element("button", { type: "button", onclick: close }, "Cancel")));
  });
}

export async function browse([bucket], query) {
  const prefix = query.get("prefix") ?? "";
  const page = await store.list(bucket, prefix, query.get("after"));
  const uploads = element("div", { class: "uploads", role: "status" });
  const picker = element("input", { type: "file", multiple: true, class: "hidden", tabindex: "-1", "aria-label": "Files to upload", onchange: () => send(bucket, prefix, [...picker.files], uploads) });
  const rows = [
    ...page.folders.map((folder) => [link(browseAddress(bucket, folder), `${folder.slice(prefix.length)}`), element("span", { class: "soft" }, "folder"), "", ""]),
    ...page.objects.map((object) => [
      element("button", { class: "link", type: "button", onclick: () => details(bucket, object.key) }, object.key.slice(prefix.length) || object.key),
      bytes(object.size), when(object.modified),
      element("button", { class: "link danger small", type: "button", "aria-label": `Delete ${object.key}`, onclick: () => remove(bucket, object.key) }, "Delete"),
    ]),
  ];
  const zone = element("div", {
    class: "drop",
    ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
    ondragleave: () => zone.classList.remove("over"),
    ondrop: (event) => { event.preventDefault(); zone.classList.remove("over"); send(bucket, prefix, [...event.dataTransfer.files], uploads); },
  }, rows.length === 0
    ? element("div", { class: "card empty" }, element("p", {}, "Nothing is here yet."), element("p", { class: "small" }, "Drop files here, or use Upload."))
    : table([{ text: "Name", key: true }, { text: "Size", number: true }, { text: "Modified", wide: true }, { text: element("span", { class: "hidden" }, "Actions"), number: true }], rows));
  const more = page.next && link(`#/browse/${encodeURIComponent(bucket)}?${new URLSearchParams({ prefix, after: page.next })}`, "Next page", { class: "button" });
  return [crumbs(bucket, prefix),
    element("div", { class: "bar" }, element("button", { class: "primary", type: "button", onclick: () => picker.click() }, "Upload"), picker,
      link(`#/search?${new URLSearchParams({ bucket, q: prefix ? `path:"${prefix.replace(/["\\]/g, "\\$&")}"` : "" })}`, "Search here", { class: "button" }),
      query.get("after") && link(browseAddress(bucket, prefix), "First page", { class: "button" }), more),
    uploads, zone];
}

function crumbs(bucket, prefix) {
  const parts = prefix.split("/").filter((part, index, all) => index < all.length - 1);
  let path = "";
  return element("nav", { class: "crumbs", "aria-label": "Path" }, link("#/buckets", "Buckets"), element("span", {}, "/"), link(browseAddress(bucket), bucket),
    parts.flatMap((part) => { path += `${part}/`; return [element("span", {}, "/"), link(browseAddress(bucket, path), part || "∅")]; }));
}

async function send(bucket, prefix, files, place) {
  let stored = 0;
  for (const file of files) {
    const bar = element("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    const share = element("span", { class: "soft small" }, "0 %");
    const cancel = element("button", { type: "button" }, "Cancel");
    const line = element("div", { class: "card" }, element("div", { class: "bar" }, element("strong", { class: "grow" }, file.name), share, cancel), bar);
    place.append(line);
    const upload = store.upload(bucket, prefix + file.name, file, (done, total) => {
      bar.value = total ? done / total : 1;
      share.textContent = `${Math.floor(bar.value * 100)} % of ${bytes(total)}`;
    });
    cancel.onclick = () => upload.abort();
    try { await upload; stored++; line.remove(); } catch (error) { cancel.remove(); line.append(failure(error)); }
  }
  if (stored === 0) return;
  notify(`${plural(stored, "object")} stored.`);
  if (stored === files.length) again();
}

async function remove(bucket, key) {
  if (!(await confirm("Delete this object?", key, "Delete"))) return false;
  try { await store.remove(bucket, key); notify("The object was deleted."); again(); return true; } catch (error) { notify(error.message); return false; }
}

const textual = /^(text\/(?!html)|application\/(json|xml|x-ndjson|javascript|yaml|toml))/;
const previewBytes = 65_536;

export async function details(bucket, key) {
  let object, tags;
  try { [object, tags] = await Promise.all([store.head(bucket, key), store.tags(bucket, key)]); } catch (error) { return notify(error.message); }
  const pair = ([name, value]) => [element("dt", {}, name), element("dd", {}, value)];
  dialog(key, (close) => [
    preview(bucket, key, object),
    element("dl", {}, [["Bucket", bucket], ["Size", `${bytes(object.size)} (${object.size.toLocaleString()} bytes)`], ["Type", object.type || "–"], ["Modified", when(object.modified)], ["ETag", element("span", { class: "mono" }, object.etag)],
      ...object.metadata.map(([name, value]) => [`meta.${name}`, value]), ...tags.map(([name, value]) => [`tag.${name}`, value])].flatMap(pair)),
    element("div", { class: "bar actions" }, link(store.address(bucket, key, true), "Download", { class: "button", download: key.split("/").pop() }),
      element("button", { type: "button", onclick: async () => { await navigator.clipboard?.writeText(`s3://${bucket}/${key}`); notify("The address was copied."); } }, "Copy address"),
      element("button", { class: "danger", type: "button", onclick: async () => { close(); await remove(bucket, key); } }, "Delete"),
      element("span", { class: "grow" }), element("button", { type: "button", onclick: close }, "Close")),
  ]);
}

function preview(bucket, key, object) {
  const type = object.type.split(";")[0].trim().toLowerCase();
  const source = store.address(bucket, key);
  if (/^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml)$/.test(type)) return element("img", { class: "preview", src: source, alt: `Preview of ${key}`, onerror: (event) => event.target.replaceWith(element("p", { class: "soft small" }, "This image cannot be shown.")) });
  if (type.startsWith("video/")) return element("video", { class: "preview", src: source, controls: true });
  if (type.startsWith("audio/")) return element("audio", { class: "preview", src: source, controls: true });
  if (!textual.test(type) || object.size === 0) return element("p", { class: "soft small" }, "There is no preview for this kind of object.");
  const place = element("pre", { class: "preview", tabindex: "0", "aria-label": "Preview" }, "…");
  store.text(bucket, key, Math.min(object.size, previewBytes)).then((text) => { place.textContent = text + (object.size > previewBytes ? "\n…" : ""); }, (error) => { place.textContent = error.message; });
  return place;
}
