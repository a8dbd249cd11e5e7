/** Runs a line for curl by curl, or where there is none, as what it says. */

import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

export interface Replayed {
  /** Zero where there was no answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export const hasCurl = ((): boolean => {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

const silent: Replayed = { status: 0, headers: {}, text: "" };

/** @param patience for how long an answer is waited for (s) */
export async function byCurl(line: string, patience = 20): Promise<Replayed> {
  const quick = line.replace("--max-time 10", `--max-time ${patience}`);
  const ran = await promisify(execFile)("sh", ["-c", quick]).catch(() => undefined);
  if (ran === undefined) return silent;
  const [head = "", ...rest] = ran.stdout.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((text) => /^([^:]+):\s*(.*)$/.exec(text) ?? ["", "", ""]);
  return {
    status: Number(first.split(" ")[1]),
    headers: Object.fromEntries(headers.map(([, name = "", value = ""]) => [name.toLowerCase(), value])),
    text: rest.join("\r\n\r\n"),
  };
}

/** The words of a line, with its quotes taken off as a shell does. */
const wordsOf = (line: string): readonly string[] =>
  (line.match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? []).map((word) =>
    word.replaceAll(/'([^']*)'|\\'/g, (_match, quoted?: string) => quoted ?? "'"),
  );

/** @param patience for how long an answer is waited for (s) */
export async function byFetch(line: string, patience = 20): Promise<Replayed> {
  const words = wordsOf(line);
  const after = (option: string): readonly string[] =>
    words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ""] : []));
  const [encoded] = words[0] === "echo" ? [words[1] ?? ""] : [];
  const [raw] = after("--data-raw");
  const text = encoded === undefined ? raw : Buffer.from(encoded, "base64");
  // Bytes bring no content type of their own.
  const body = text === undefined ? undefined : new Uint8Array(Buffer.from(text));
  const headers = after("-H").flatMap((text) => {
    const [, name = "", value = ""] = /^([^:;]+)[:;]\s*(.*)$/.exec(text) ?? [];
    return value === "" && text.endsWith(":") ? [] : [[name, value] as const];
  });
  const url = words.find((word) => word.startsWith("http://")) ?? "";
  const signal = AbortSignal.timeout(patience * 1_000);
  const init = {
    method: after("-X")[0] ?? "HEAD",
    headers: Object.fromEntries(headers),
    signal,
    redirect: "manual",
  } as const;
  try {
    const response = await fetch(url, { ...init, ...(body === undefined ? {} : { body }) });
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  } catch {
    return silent;
  }
}

/** Both ways, where there are both. */
export const replays = hasCurl ? [byCurl, byFetch] : [byFetch];
