import type { Sent } from "./case.js";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Whether a shell and a terminal take the text as it is. */
const isPlain = (text: string): boolean => /^[\x20-\x7e\n]*$/u.test(text);

/** A request as one line for a shell. */
export function curlLine(base: string, { method, target, headers, body }: Sent): string {
  const named = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const line = ["curl -sS -i --max-time 10", `-X ${method}`, ...named, quoted(`${base}${target}`)];
  if (body === undefined) return line.join(" ");
  if (isPlain(body)) return [...line, `--data-raw ${quoted(body)}`].join(" ");
  const bytes = Buffer.from(body).toString("base64");
  return `echo ${bytes} | base64 -d | ${[...line, "--data-binary @-"].join(" ")}`;
}
