/** The files under the root, without reading more of them than asked for. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import type { Source } from "../model/model.js";
import type { Tree } from "../model/names.js";
import { isRecord } from "../record.js";

/** What can hold documents and schemas; event schemas of the protocol have names like `m.room.member`. */
const isDocumentLike = (file: string): boolean =>
  !/\.(md|txt|rst|html|js|ts|png|svg|py|sh)$/iu.test(file) && !/(^|\/)(README|LICENSE)$/u.test(file);

/** Every file under the root that could hold a document or schema, by name. */
const listFiles = async (root: string, without: readonly string[] = []): Promise<readonly string[]> => {
  const ignore = ["**/node_modules/**", ...without];
  const files = await glob("**/*", { cwd: root, ignore, followSymbolicLinks: false });
  return files.filter(isDocumentLike).sort();
};

/** The files that patterns name, by name; a pattern that begins with `!` takes away. */
export const matchFiles = async (
  root: string,
  pattern: string,
  without: readonly string[],
): Promise<readonly string[]> =>
  (await glob(pattern, { cwd: root, ignore: [...without], expandDirectories: false })).sort();

/** The folder in front of the first wildcard. */
export const folderOf = (pattern: string): string => {
  const folders = pattern.split("/").slice(0, -1);
  const wild = folders.findIndex((folder) => isDynamicPattern(folder));
  return (wild < 0 ? folders : folders.slice(0, wild)).join("/");
};

/** A version is looked for, so that what mentions the word alone is not taken for a document. */
const saysVersion = (data: unknown): boolean =>
  isRecord(data) && /^\d+\.\d/u.test(String(data["swagger"] ?? data["openapi"]));

/** Whether a text is an API document, without parsing what is not JSON. */
export const isDocument = (text: string): boolean => {
  if (!/^\s*\{/u.test(text)) return /^["']?(?:swagger|openapi)["']?\s*:/mu.test(text);
  try {
    return saysVersion(JSON.parse(text));
  } catch {
    // YAML may begin with a brace, too.
    return /^\s*\{[^{}[\]]*["']?(?:swagger|openapi)["']?\s*:\s*["']?\d+\.\d/u.test(text);
  }
};

const isDocumentAt = (path: string): boolean => {
  try {
    return isDocument(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
};

/** The tree as the planner of names sees it; a file is looked into only where names clash, and once. */
export const readTree = async (root: string): Promise<Tree> => {
  const known = new Map<string, boolean>();
  return {
    files: await listFiles(root),
    isDocument: (file) => {
      const answer = known.get(file) ?? isDocumentAt(join(root, file));
      known.set(file, answer);
      return answer;
    },
  };
};

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/**
 * Everything that could change what is generated: each document-like file under the root with its hash, and one hash
 * over all; `without` are patterns of what is no input, `further` files that are input in spite of their names. Reads no
 * YAML and loads no printer, so that an unchanged tree is recognised in a fraction of a second.
 */
export const fingerprint = async (
  root: string,
  without: readonly string[] = [],
  further: readonly string[] = [],
): Promise<{ readonly hash: string; readonly files: readonly Source[] }> => {
  const present = further.filter((file) => existsSync(join(root, file)));
  const names = [...new Set([...(await listFiles(root, without)), ...present])].sort();
  const files = await Promise.all(
    names.map(async (file) => ({ file, sha256: sha256(await readFile(join(root, file))) })),
  );
  return { hash: sha256(files.map(({ file, sha256: hash }) => `${hash}  ${file}\n`).join("")), files };
};
