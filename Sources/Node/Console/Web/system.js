// Drives, shards, indexes and repair, as the operator needs them at night: what is wrong comes first.
import * as store from "./store.js";
import { bytes, element, failure, link, table } from "./page.js";

const state = (text, kind) => element("span", { class: `state ${kind}` }, text);
const folder = (path) => element("span", { title: path }, path?.split("/").slice(-2).join("/") ?? "–");

export async function system() {
  let status, drives, shards, indexes;
  try {
    [status, drives, shards, indexes] = await Promise.all(["status", "drives", "shards", "indexes"].map(store.admin));
  } catch (error) {
    return [element("h1", {}, "System"), error.status === 403 ? element("div", { class: "card empty" }, "Only root sees drives and shards.") : failure(error)];
  }
  const kind = status.state === "healthy" ? "good" : status.state === "degraded" ? "warn" : "bad";
  const tile = (title, strong, text) => element("div", { class: "card tile" }, element("span", { class: "soft small" }, title), element("strong", {}, strong), element("span", { class: "soft small" }, text));
  const used = status.capacity.total - status.capacity.available;
  return [
    element("div", { class: "bar" }, element("h1", { class: "grow" }, "System"), element("button", { type: "button", onclick: () => window.dispatchEvent(new HashChangeEvent("hashchange")) }, "Refresh")),
    status.warnings.length > 0 && element("ul", { class: "card warnings", role: "alert" }, status.warnings.map((warning) => element("li", {}, warning))),
    element("div", { class: "tiles" },
      tile("State", state(status.state, kind), status.ready ? "every shard is served" : "not ready"),
      tile("Drives", `${status.drives.online} of ${status.drives.total}`, `${status.drives.failed} failed, ${status.drives.out} out, ${status.drives.filling} being filled`),
      tile("Shards", status.shards.total, `${status.shards.leaderless} without leader, ${status.shards.learning} learning`),
      tile("Capacity", bytes(status.capacity.available), `free of ${bytes(status.capacity.total)}, ${bytes(used)} used`),
      tile("Repair", status.repairQueue, "stripes wait"),
      tile("Scheme", status.pools.map((pool) => pool.scheme).join(", "), `version ${status.version}`)),
    element("h2", {}, "Drives"),
    table([{ text: "Drive", key: true }, { text: "State" }, { text: "Free", number: true }, { text: "Size", number: true, wide: true }, { text: "Fragments", number: true, wide: true }, { text: "Replicas", number: true }, { text: "Errors", number: true }],
      drives.drives.map((drive) => [folder(drive.path), state([drive.state, drive.out && "out", drive.filling && "filling"].filter(Boolean).join(", "), drive.state !== "online" ? "bad" : drive.out || drive.filling ? "warn" : "good"), bytes(drive.available), bytes(drive.total), drive.fragmentsStored ?? "–", drive.replicas ?? "–", drive.errors ?? "–"])),
    element("h2", {}, "Metadata shards"),
    table([{ text: "Shard", number: true }, { text: "State" }, { text: "Leader", key: true }, { text: "Members", wide: true }, { text: "Epoch", number: true, wide: true }, { text: "Applied", number: true }],
      shards.shards.map((shard) => [shard.id, state(shard.state + (shard.learning ? ", learning" : ""), shard.state === "serving" ? (shard.members.length < shard.minMembers ? "warn" : "good") : "bad"), folder(shard.leader), shard.members.length, shard.epoch, shard.applied])),
    element("h2", {}, "Search indexes"),
    table([{ text: "Shard", number: true }, { text: "Drive", key: true }, { text: "Role", wide: true }, { text: "State" }, { text: "Objects", number: true }, { text: "Memory", number: true, wide: true }, { text: "Disk", number: true, wide: true }, { text: "Behind", number: true }],
      indexes.indexes.map((index) => [index.shard, folder(index.drive), index.leader ? "leader" : "follower", state(index.state, index.state.startsWith("ready") ? "good" : index.state.startsWith("failed") ? "bad" : "warn"), index.documents.toLocaleString(), bytes(index.memoryBytes), bytes(index.diskBytes), index.behind])),
    element("p", { class: "soft small" }, "As plain pages: ", link("/admin/v1", "admin API"), ", ", link("/metrics", "metrics"), "."),
  ];
}
