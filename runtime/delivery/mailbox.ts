/** The development mailbox: a folder that takes every message instead of a mail server or an SMS gateway. */

import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../ports/clock.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { Random } from "../ports/random.js";
import { newSecret } from "../protocol/tokens.js";
import { type ParsedMessage, parseEml } from "./eml.js";
import { makeFolder } from "./folder.js";

export interface MailboxMessage extends ParsedMessage {
  /** The file's name without `.eml`; later messages have greater ids. */
  readonly id: string;
}

export interface MailboxSettings {
  readonly folder: string;
  /** Only so many messages are kept, the newest. */
  readonly maxMessages: number;
  /** Older messages are removed (ms). */
  readonly maxAgeMs: number;
}

export interface Mailbox {
  /** Keeps a message; answers its id. The file appears complete or not at all. */
  keep(eml: string | Uint8Array): Promise<string>;
  /** The newest messages first. */
  list(): Promise<readonly MailboxMessage[]>;
  /** One message and its file; undefined when there is none, or the id is none. */
  read(id: string): Promise<{ readonly message: MailboxMessage; readonly eml: Buffer } | undefined>;
}

const idShape = /^(\d{8}T\d{9})Z-(\d{6})-[0-9A-Za-z]{8}$/;

/** `20260102T030405678`: sorts by time, and needs no escaping in a file name or URL. */
const timestamp = (time: number): string => new Date(time).toISOString().replace(/[-:.Z]/g, "");

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** A mailbox in a folder, which is made when it does not exist. */
export const mailbox = ({ clock, random }: { clock: Clock; random: Random }, settings: MailboxSettings): Mailbox => {
  const { folder } = settings;
  let count = 0;

  const ids = async (): Promise<readonly string[]> => {
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names
      .filter((name) => name.endsWith(".eml"))
      .map((name) => name.slice(0, -".eml".length))
      .filter((id) => idShape.test(id))
      .sort()
      .reverse();
  };

  const prune = async (): Promise<void> => {
    const oldest = timestamp(clock.now() - settings.maxAgeMs);
    const surplus = (await ids()).filter((id, index) => index >= settings.maxMessages || id < oldest);
    await Promise.all(surplus.map((id) => rm(join(folder, `${id}.eml`), { force: true })));
  };

  const read: Mailbox["read"] = async (id) => {
    if (!idShape.test(id)) return undefined;
    try {
      const eml = await readFile(join(folder, `${id}.eml`));
      return { message: { id, ...parseEml(eml) }, eml };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };

  return {
    read,
    keep: async (eml) => {
      // The count orders messages of one millisecond.
      count = (count + 1) % 1_000_000;
      const id = `${timestamp(clock.now())}Z-${String(count).padStart(6, "0")}-${newSecret(random, 8)}`;
      try {
        await makeFolder(folder);
        const unfinished = join(folder, `.${id}.part`);
        await writeFile(unfinished, eml, { flag: "wx", mode: 0o600 });
        await rename(unfinished, join(folder, `${id}.eml`));
        await prune();
      } catch (error) {
        throw new DeliveryError("unreachable", `the mailbox folder ${folder} cannot be used`, { cause: error });
      }
      return id;
    },
    list: async () => {
      const found = await Promise.all((await ids()).map(read));
      return found.flatMap((entry) => (entry === undefined ? [] : [entry.message]));
    },
  };
};
