import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Configuration } from "./schema.js";
import type { Path } from "./source.js";
import type { Finding } from "./validate.js";

/** What options name on this machine, and the servers could not use. Nothing is made or changed to find out. */
export function unusableFiles({
  identity,
  homeserver,
  mail,
  sms,
  mailbox,
  network,
}: Configuration): readonly Finding[] {
  const isMailboxUsed = mail.transport === "mailbox" || sms.transport === "mailbox";
  return [
    ...(mail.transport === "smtp" && mail.ca_file !== undefined ? certificate(["mail", "ca_file"], mail.ca_file) : []),
    ...(network.ca_file !== undefined ? certificate(["network", "ca_file"], network.ca_file) : []),
    ...(identity === undefined ? [] : database(["identity", "database"], identity.database)),
    ...(homeserver === undefined ? [] : database(["homeserver", "database"], homeserver.database)),
    ...(isMailboxUsed ? folder(["mailbox", "folder"], mailbox.folder, mailbox.folder) : []),
  ];
}

function certificate(path: Path, file: string): readonly Finding[] {
  const option = path.join(".");
  const hint = "name a file with the certificate of an authority, as PEM, or remove the option to trust the system's";
  try {
    const text = readFileSync(file, "utf8");
    return isCertificate(text) ? [] : [{ path, what: `"${option}" is ${file}, which holds no certificate`, hint }];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ path, what: `"${option}" is ${file}, which cannot be read (${reason})`, hint }];
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

function database(path: Path, file: string): readonly Finding[] {
  if (file === ":memory:") return [];
  if (existing(file)?.isDirectory()) {
    return [{ path, what: `"${path.join(".")}" is ${file}, which is a folder`, hint: "name a file in it" }];
  }
  return folder(path, file, dirname(file));
}

function folder(path: Path, value: string, needed: string): readonly Finding[] {
  const inTheWay = fileInTheWay(needed);
  if (inTheWay === undefined) return [];
  const what = `"${path.join(".")}" is ${value}, but ${inTheWay} is a file, and a folder is needed there`;
  return [{ path, what, hint: "choose another path, or move that file away" }];
}

/** The nearest thing that exists on the way to a folder, or the folder itself, when it is a file; or else undefined. */
export function fileInTheWay(folder: string): string | undefined {
  const found = existing(folder);
  if (found !== undefined) return found.isDirectory() ? undefined : folder;
  const above = dirname(folder);
  return above === folder ? undefined : fileInTheWay(above);
}

/** What cannot be looked at, for want of permission, is found out when it is used. */
function existing(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
