// What the console asks of the store: S3 under /s3, the admin API under /admin/v1, both signed here.
import { encode, encodePath, presign, sign } from "./signer.js";

const SLOT = "roost-console";
let credentials = JSON.parse(sessionStorage.getItem(SLOT) ?? "null");

export const isLoggedIn = () => credentials !== null;
export const accessKey = () => credentials?.accessKey ?? "";

export function logOut() {
  credentials = null;
  sessionStorage.removeItem(SLOT);
  return fetch("/admin/v1/session", { method: "DELETE" }).catch(() => {});
}

/** Proves the credentials by listing buckets; they stay in this tab alone. */
export async function logIn(accessKey, secretKey) {
  const region = (await (await fetch("/console/region")).text()).trim();
  credentials = { accessKey, secretKey, region };
  try {
    await listBuckets();
  } catch (error) {
    credentials = null;
    throw error;
  }
  sessionStorage.setItem(SLOT, JSON.stringify(credentials));
  // A cookie for the plain pages of the admin API; refused to all but root, who alone may see them.
  await send("POST", "/admin/v1/session", []).catch(() => {});
}

export class Refusal extends Error {
  constructor(status, code, message, details = {}) {
    super(message || code);
    Object.assign(this, { status, code, details });
  }
}

async function send(method, path, pairs = [], { headers = {}, body } = {}) {
  const query = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  let response;
  try {
    response = await fetch(path + (query ? `?${query}` : ""), { method, body, headers: sign(credentials, method, path, pairs, headers) });
  } catch {
    throw new Refusal(0, "Unreachable", "The store does not answer.");
  }
  if (response.ok) return response;
  const text = await response.text();
  if (text.startsWith("{")) {
    const { error } = JSON.parse(text);
    throw new Refusal(response.status, error.code, error.message, error);
  }
  const xml = new DOMParser().parseFromString(text, "application/xml");
  throw new Refusal(response.status, read(xml, "Code") || String(response.status), read(xml, "Message"));
}

const read = (node, name) => node.getElementsByTagName(name)[0]?.textContent ?? "";
const xml = async (response) => new DOMParser().parseFromString(await response.text(), "application/xml");
const bucketPath = (bucket) => `/s3/${encode(bucket)}`;
const objectPath = (bucket, key) => `/s3/${encode(bucket)}/${encodePath(key)}`;

export async function listBuckets() {
  const page = await xml(await send("GET", "/s3/"));
  return Array.from(page.getElementsByTagName("Bucket"), (node) => ({ name: read(node, "Name"), created: read(node, "CreationDate") }));
}
export const createBucket = (bucket) => send("PUT", bucketPath(bucket));
export const deleteBucket = (bucket) => send("DELETE", bucketPath(bucket));

export async function list(bucket, prefix, token) {
  const pairs = [["list-type", "2"], ["delimiter", "/"], ["prefix", prefix], ["max-keys", "200"], ["encoding-type", "url"]];
  if (token) pairs.push(["continuation-token", token]);
  const page = await xml(await send("GET", bucketPath(bucket), pairs));
  const plain = (text) => decodeURIComponent(text.replace(/\+/g, " "));
  return {
    folders: Array.from(page.getElementsByTagName("CommonPrefixes"), (node) => plain(read(node, "Prefix"))),
    objects: Array.from(page.getElementsByTagName("Contents"), (node) => ({
      key: plain(read(node, "Key")), size: Number(read(node, "Size")), modified: read(node, "LastModified"), etag: read(node, "ETag"),
    })),
    next: read(page, "IsTruncated") === "true" ? read(page, "NextContinuationToken") : null,
  };
}

export async function head(bucket, key) {
  const { headers } = await send("HEAD", objectPath(bucket, key));
  const metadata = [...headers].filter(([name]) => name.startsWith("x-amz-meta-")).map(([name, value]) => [name.slice(11), value]);
  return { size: Number(headers.get("content-length")), type: headers.get("content-type") ?? "", modified: headers.get("last-modified"), etag: headers.get("etag"), metadata };
}
export async function tags(bucket, key) {
  const page = await xml(await send("GET", objectPath(bucket, key), [["tagging", ""]]));
  return Array.from(page.getElementsByTagName("Tag"), (node) => [read(node, "Key"), read(node, "Value")]);
}
export const remove = (bucket, key) => send("DELETE", objectPath(bucket, key));
export const text = async (bucket, key, bytes) => (await send("GET", objectPath(bucket, key), [], { headers: { range: `bytes=0-${bytes - 1}` } })).text();
export const address = (bucket, key, download) => presign(credentials, objectPath(bucket, key),
  download ? [["response-content-disposition", `attachment; filename*=UTF-8''${encode(key.split("/").pop())}`]] : []);

/** With progress, which fetch does not tell. Returns a promise with `abort`. */
export function upload(bucket, key, file, onProgress) {
  const request = new XMLHttpRequest();
  const promise = new Promise((resolve, reject) => {
    const path = objectPath(bucket, key);
    request.open("PUT", path);
    const headers = sign(credentials, "PUT", path, [], { "content-type": file.type || "application/octet-stream" });
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(event.loaded, event.total);
    request.onload = () => {
      if (request.status === 200) return resolve();
      const page = new DOMParser().parseFromString(request.responseText, "application/xml");
      reject(new Refusal(request.status, read(page, "Code"), read(page, "Message")));
    };
    request.onerror = () => reject(new Refusal(0, "Unreachable", "The upload was cut off."));
    request.onabort = () => reject(new Refusal(0, "Cancelled", "The upload was cancelled."));
    request.send(file);
  });
  promise.abort = () => request.abort();
  return promise;
}

export async function search(bucket, parameters) {
  const pairs = [["search", ""], ...Object.entries(parameters)];
  return (await send("GET", bucket ? bucketPath(bucket) : "/s3/", pairs)).json();
}

export const admin = async (name) => (await send("GET", `/admin/v1/${name}`)).json();
