// AWS Signature Version 4, in the browser: the secret signs here and is never sent.
// SHA-256 by FIPS 180-4 of its own, since crypto.subtle is only there on HTTPS and on localhost.

const K = new Uint32Array(64);
const H = new Uint32Array(8);
{
  let count = 0;
  for (let n = 2; count < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    const fraction = (x) => Math.floor((x - Math.floor(x)) * 4294967296);
    if (count < 8) H[count] = fraction(Math.sqrt(n));
    K[count++] = fraction(Math.cbrt(n));
  }
}

export function sha256(bytes) {
  const length = bytes.length;
  const padded = new Uint8Array(((length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 536870912));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const state = Uint32Array.from(H);
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let offset = 0; offset < padded.length; offset += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(offset + 4 * i);
    for (let i = 16; i < 64; i++) {
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] += value;
  }
  const out = new Uint8Array(32);
  state.forEach((value, i) => new DataView(out.buffer).setUint32(4 * i, value));
  return out;
}

const encoder = new TextEncoder();
const utf8 = (text) => (typeof text === "string" ? encoder.encode(text) : text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function hmac(key, message) {
  let block = new Uint8Array(64);
  const bytes = utf8(key);
  block.set(bytes.length > 64 ? sha256(bytes) : bytes);
  const join = (left, right) => { const all = new Uint8Array(left.length + right.length); all.set(left); all.set(right, left.length); return all; };
  return sha256(join(block.map((x) => x ^ 0x5c), sha256(join(block.map((x) => x ^ 0x36), utf8(message)))));
}

/** RFC 3986: everything but unreserved characters, byte by byte. */
export const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
export const encodePath = (path) => path.split("/").map(encode).join("/");

const stamp = () => new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
const canonicalQuery = (pairs) => pairs.map(([name, value]) => [encode(name), encode(value)])
  .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1)).map((pair) => pair.join("=")).join("&");

function signature(secret, time, region, request) {
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  let key = utf8("AWS4" + secret);
  for (const part of scope.split("/")) key = hmac(key, part);
  return hex(hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hex(sha256(utf8(request)))}`));
}

/** The header fields that sign a request. The path is encoded already; a body is not hashed (UNSIGNED-PAYLOAD). */
export function sign(credentials, method, path, pairs, headers = {}) {
  const time = stamp();
  const all = { ...headers, host: location.host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": time };
  const names = Object.keys(all).map((name) => name.toLowerCase()).sort();
  const lower = Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), String(value).trim().replace(/ +/g, " ")]));
  const request = [method, path, canonicalQuery(pairs), ...names.map((name) => `${name}:${lower[name]}`), "", names.join(";"), "UNSIGNED-PAYLOAD"].join("\n");
  const proof = signature(credentials.secretKey, time, credentials.region, request);
  const scope = `${credentials.accessKey}/${time.slice(0, 8)}/${credentials.region}/s3/aws4_request`;
  delete lower.host;
  return { ...lower, authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${names.join(";")}, Signature=${proof}` };
}

/** An address that anyone may use for a while. */
export function presign(credentials, path, pairs = [], seconds = 900) {
  const time = stamp();
  const all = [...pairs, ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", `${credentials.accessKey}/${time.slice(0, 8)}/${credentials.region}/s3/aws4_request`],
    ["X-Amz-Date", time], ["X-Amz-Expires", String(seconds)], ["X-Amz-SignedHeaders", "host"]];
  const query = canonicalQuery(all);
  const proof = signature(credentials.secretKey, time, credentials.region, ["GET", path, query, `host:${location.host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n"));
  return `${path}?${query}&X-Amz-Signature=${proof}`;
}
