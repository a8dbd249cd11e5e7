import type { Sent } from "./sent.js";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Whether a shell and a terminal take the bytes as they are. */
const isPlain = (body: Uint8Array): boolean =>
  body.every((byte) => byte === 0x0a || (byte >= 0x20 && byte <= 0x7e)) && body.length <= 8_192;

/** An empty value is marked by a semicolon; with a colon alone, curl would send no such header. */
const header = ([name, value]: readonly [string, string]): string =>
  `-H ${quoted(value === "" ? `${name};` : `${name}: ${value}`)}`;

/** A request as one line for a shell: nothing but what it says is sent. */
export function curlLine(base: string, { method, target, headers, body }: Sent): string {
  const url = quoted(`${base}${target}`);
  const named = Object.entries(headers).map(header);
  const way = method === "HEAD" ? "--head" : `-X ${method}`;
  // Braces and dots of a path are sent as they are; curl would otherwise name a type of its own for a body.
  const options = ["curl -sS -i -g --path-as-is --max-time 10", way, ...named];
  if (body === undefined) return [...options, url].join(" ");
  const typed = headers["content-type"] === undefined ? [...options, "-H 'content-type:'"] : options;
  if (isPlain(body)) return [...typed, url, `--data-raw ${quoted(Buffer.from(body).toString())}`].join(" ");
  return `echo ${Buffer.from(body).toString("base64")} | base64 -d | ${[...typed, url, "--data-binary @-"].join(" ")}`;
}
