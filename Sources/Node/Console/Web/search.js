// Search with suggestions, facets and highlights; the whole search is in the address.
import * as store from "./store.js";
import { bytes, element, emphasised, failure, link, plural, when } from "./page.js";
import { browseAddress, details } from "./objects.js";

const facetNames = { bucket: "Bucket", type: "Type", ext: "Extension", "size[..100KB,100KB..10MB,10MB..1GB,1GB..]": "Size", "modified:year": "Year" };
const sizeQueries = { "..100KB": "size:<100KB", "100KB..10MB": "size:>=100KB size:<10MB", "10MB..1GB": "size:>=10MB size:<1GB", "1GB..": "size:>=1GB" };
const sizeTexts = { "..100KB": "under 100 KB", "100KB..10MB": "100 KB – 10 MB", "10MB..1GB": "10 MB – 1 GB", "1GB..": "1 GB and more" };
const quoted = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;
const clauses = {
  bucket: (value) => `bucket:${value}`, type: (value) => `type:${value}`, ext: (value) => `ext:${quoted(value)}`,
  "modified:year": (value) => `modified:${value.slice(0, 4)}`,
  "size[..100KB,100KB..10MB,10MB..1GB,1GB..]": (value) => sizeQueries[value],
};
const searchAddress = (query) => `#/search?${new URLSearchParams(Object.entries(query).filter(([, value]) => value))}`;

export async function results(query) {
  const state = { q: query.get("q") ?? "", bucket: query.get("bucket") ?? "", sort: query.get("sort") ?? "", cursor: query.get("cursor") ?? "" };
  const buckets = await store.listBuckets();
  const content = element("div");
  const page = [element("h1", { class: "hidden" }, state.q ? `Search: ${state.q}` : "Search"), form(state, buckets), content];
  const wantedFacets = Object.keys(facetNames).filter((name) => name !== "bucket" || !state.bucket);
  const parameters = { q: state.q, limit: "20", highlight: "true", count: "exact" };
  if (state.sort) parameters.sort = state.sort;
  if (state.cursor) parameters.cursor = state.cursor;
  let answer;
  try {
    const [hits, facets] = await Promise.all([store.search(state.bucket, parameters), store.search(state.bucket, { q: state.q, limit: "0", count: "none", facets: wantedFacets.join(",") })]);
    answer = { ...hits, facets: facets.facets ?? [] };
  } catch (error) {
    content.append(refusal(error, state));
    return page;
  }
  const narrow = (clause) => searchAddress({ ...state, cursor: "", q: [state.q.match(/\bOR\b/) ? `(${state.q})` : state.q, clause].filter(Boolean).join(" ") });
  content.append(element("p", { class: "soft", role: "status" }, `${plural(answer.count.value, "object")} in ${(answer.took_us / 1000).toFixed(1)} ms`),
    element("div", { class: "search" },
      element("aside", { class: "facets", "aria-label": "Narrow down" }, answer.facets.filter((facet) => facet.values.some((value) => value.count > 0)).map((facet) => element("section", {},
        element("h2", {}, facetNames[facet.name] ?? facet.name),
        element("ul", {}, facet.values.filter((value) => value.count > 0).map((value) => element("li", {},
          link(narrow(clauses[facet.name](value.value)), facet.name.startsWith("size") ? sizeTexts[value.value] : facet.name === "modified:year" ? value.value.slice(0, 4) : value.value || "(none)"),
          element("span", {}, value.count.toLocaleString()))))))),
      element("div", {},
        answer.hits.length === 0 ? element("div", { class: "card empty" }, element("p", {}, "Nothing matches."), element("p", { class: "small" }, "Fewer words, a prefix like photo*, or word~1 for a spelling that is near."))
          : element("ol", { class: "hits" }, answer.hits.map(hit)),
        element("div", { class: "bar" }, element("p"), state.cursor && link(searchAddress({ ...state, cursor: "" }), "First page", { class: "button" }),
          answer.cursor && link(searchAddress({ ...state, cursor: answer.cursor }), "Next page", { class: "button" })))));
  return page;
}

function form(state, buckets) {
  const input = element("input", { id: "search-query", type: "search", name: "q", value: state.q, autocomplete: "off", spellcheck: "false", role: "combobox", "aria-expanded": "false", "aria-controls": "search-suggestions", "aria-autocomplete": "list", placeholder: "words, type:image, size:>1MB, tag.project=apollo …", "data-focus": true });
  const list = element("ul", { id: "search-suggestions", class: "suggestions", role: "listbox", hidden: true });
  const bucket = element("select", { name: "bucket", "aria-label": "Bucket" }, element("option", { value: "" }, "All buckets"), buckets.map(({ name }) => element("option", { value: name, selected: name === state.bucket }, name)));
  const sort = element("select", { name: "sort", "aria-label": "Order" }, [["", "Best first"], ["-modified", "Newest first"], ["modified", "Oldest first"], ["-size", "Largest first"], ["size", "Smallest first"], ["key", "By key"]].map(([value, text]) => element("option", { value, selected: value === state.sort }, text)));
  const go = () => { location.hash = searchAddress({ q: input.value, bucket: bucket.value, sort: sort.value }); };
  bucket.onchange = go;
  sort.onchange = go;
  suggest(input, list, () => bucket.value);
  return element("form", { class: "bar", role: "search", onsubmit: (event) => { event.preventDefault(); go(); } },
    element("div", { class: "grow anchor" }, element("label", { class: "hidden", for: "search-query" }, "Query"), input, list), bucket, sort, element("button", { class: "primary", type: "submit" }, "Search"));
}

function hit(found) {
  const shown = found.highlights?.key?.[0];
  const others = Object.entries(found.highlights ?? {}).filter(([name]) => name !== "key");
  return element("li", { class: "card hit" },
    element("div", { class: "where" }, link(browseAddress(found.bucket), found.bucket), " / ",
      element("button", { class: "link", type: "button", onclick: () => details(found.bucket, found.key) }, shown ? emphasised(shown) : found.key)),
    element("div", { class: "soft small" }, `${bytes(found.size)} · ${found.type || "no type"} · `, when(found.modified)),
    others.length > 0 && element("dl", {}, others.flatMap(([name, fragments]) => [element("dt", {}, name), element("dd", {}, fragments.flatMap((fragment, index) => [index > 0 && " … ", ...emphasised(fragment)]))])));
}

/** A query that is not understood, with the place. */
function refusal(error, state) {
  const box = failure(error);
  const { offset, length, suggestion, expected } = error.details ?? {};
  if (offset === undefined) return box;
  const whole = new TextEncoder().encode(state.q);
  const piece = (from, to) => new TextDecoder().decode(whole.slice(from, to));
  box.append(element("span", { class: "pointer" }, piece(0, offset), element("mark", {}, piece(offset, offset + length) || "␣"), piece(offset + length)));
  if (expected?.length) box.append(element("span", { class: "small" }, `Expected: ${expected.join(", ")}`));
  if (suggestion) {
    box.append(element("p", { class: "small" }, "Did you mean ", link(searchAddress({ ...state, q: piece(0, offset) + suggestion + piece(offset + length) }), suggestion), "?"));
  }
  return box;
}

/** Words of the index under a field while it is typed in: arrow keys choose, Enter takes, Escape closes. */
export function suggest(input, list, bucket) {
  let timer, turn = 0, chosen = -1, items = [];
  const close = () => { list.hidden = true; chosen = -1; items = []; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const choose = (index) => {
    chosen = index;
    [...list.children].forEach((child, number) => child.setAttribute("aria-selected", String(number === index)));
    if (index >= 0) input.setAttribute("aria-activedescendant", list.children[index].id); else input.removeAttribute("aria-activedescendant");
  };
  const take = (text) => { input.value = input.value.replace(/[^\s:()"]*$/, "") + text + " "; close(); input.focus(); };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const word = input.value.match(/(?:(?:key|meta\.[^\s:]+|tag\.[^\s:]+):)?[^\s:()"]+$/)?.[0];
    if (!word || word.split(":").pop().length < 2) return close();
    timer = setTimeout(async () => {
      const mine = ++turn;
      let found;
      try { found = (await store.search(bucket() || null, { suggest: word, limit: "8" })).suggestions; } catch { return close(); }
      if (mine !== turn || document.activeElement !== input) return;
      items = found.map((item) => item.text);
      list.replaceChildren(...found.map((item, index) => element("li", { id: `${list.id}-${index}`, role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); take(item.text); } }, element("span", {}, item.text), element("span", { class: "soft small" }, item.documents.toLocaleString()))));
      list.hidden = items.length === 0;
      chosen = -1;
      input.setAttribute("aria-expanded", String(items.length > 0));
    }, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      // -1 is the text as typed, between the last and the first.
      const count = items.length + 1;
      choose((chosen + 1 + (event.key === "ArrowDown" ? 1 : count - 1)) % count - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(items[chosen]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener("blur", close);
}
