/** Passwords, hashed by scrypt off the event loop, a bounded number at a time. */

import type { ScryptOptions } from "node:crypto";
import { scrypt, timingSafeEqual } from "node:crypto";
import { limitExceeded } from "./errors.js";
import type { RandomSource } from "./tokens.js";
import { decodeBase64, encodeBase64 } from "./unpadded-base64.js";

/** What one hash costs: 128 · N · r bytes of memory, and time in proportion. */
export interface ScryptCost {
  /** Base-2 logarithm of N; at least 15. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

const defaultCost: ScryptCost = { logN: 15, r: 8, p: 1 };

export interface PasswordSettings {
  readonly cost: ScryptCost;
  /** How many hashes are computed at a time, each in 32 MB at the default cost. */
  readonly concurrency: number;
  /** How many may wait; whoever comes then is told to come back. */
  readonly queue: number;
}

const defaultPasswordSettings: PasswordSettings = { cost: defaultCost, concurrency: 2, queue: 64 };

export interface PasswordVerdict {
  readonly matches: boolean;
  /** The password matches a hash made at another cost: hash it again and store that. */
  readonly rehash: boolean;
}

export interface Passwords {
  /** A line that holds algorithm, cost, salt and hash: `$scrypt$ln=15,r=8,p=1$<salt>$<hash>`. */
  hash(password: string): Promise<string>;
  /** Checks against a stored line. Without one (no such user) it takes the same time and says no. */
  verify(password: string, stored: string | undefined): Promise<PasswordVerdict>;
}

const saltLength = 16;
const hashLength = 32;
const maxLogN = 20;
const busyRetryMs = 1000;

interface StoredPassword {
  readonly cost: ScryptCost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

const line = ({ cost, salt, hash }: StoredPassword): string =>
  `$scrypt$ln=${cost.logN},r=${cost.r},p=${cost.p}$${encodeBase64(salt)}$${encodeBase64(hash)}`;

const parse = (text: string): StoredPassword | undefined => {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{1,88})\$([A-Za-z0-9+/]{1,88})$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, logN = "", r = "", p = "", saltText = "", hashText = ""] = match;
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  const salt = decodeBase64(saltText);
  const hash = decodeBase64(hashText);
  if (cost.logN < 1 || cost.logN > maxLogN || cost.r < 1 || cost.p < 1 || !salt || hash?.length !== hashLength) {
    return undefined;
  }
  return { cost, salt, hash };
};

/** Whether a stored line is one that {@link Passwords} made, and not another program's. */
export const isPasswordLine = (text: string): boolean => parse(text) !== undefined;

/** Runs scrypt somewhere that nobody waits for. */
export type DeriveKey = (
  password: string,
  salt: Uint8Array,
  length: number,
  options: ScryptOptions,
) => Promise<Uint8Array>;

const inThreadPool: DeriveKey = (password, salt, length, options) =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });

const keyOf = (derive: DeriveKey, password: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> => {
  const { logN, r, p } = cost;
  // Unicode allows several spellings of one visible password; NFKC makes them one.
  return derive(password.normalize("NFKC"), salt, hashLength, { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r });
};

/** Runs at most `concurrency` jobs at a time, lets `queue` wait, and refuses the rest with M_LIMIT_EXCEEDED. */
const boundedQueue = ({ concurrency, queue }: PasswordSettings) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(job: () => Promise<T>): Promise<T> => {
    if (running >= concurrency) {
      if (waiting.length >= queue) throw limitExceeded(busyRetryMs);
      // Whoever finishes hands its place on, so `running` does not change for a job that waited.
      await new Promise<void>((start) => waiting.push(start));
    } else {
      running += 1;
    }
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
};

/**
 * Hashes and checks passwords. Throws M_LIMIT_EXCEEDED when too many wait already.
 * @param derive in node's own pool of threads when absent
 */
export const passwords = (
  random: RandomSource,
  given: Partial<PasswordSettings> = {},
  derive: DeriveKey = inThreadPool,
): Passwords => {
  const settings = { ...defaultPasswordSettings, ...given };
  const run = boundedQueue(settings);
  const decoy: StoredPassword = {
    cost: settings.cost,
    salt: random.bytes(saltLength),
    hash: random.bytes(hashLength),
  };
  const sameCost = (cost: ScryptCost): boolean =>
    cost.logN === settings.cost.logN && cost.r === settings.cost.r && cost.p === settings.cost.p;

  return {
    hash: (password) =>
      run(async () => {
        const salt = random.bytes(saltLength);
        return line({ cost: settings.cost, salt, hash: await keyOf(derive, password, salt, settings.cost) });
      }),
    verify: (password, stored) =>
      run(async () => {
        const known = stored === undefined ? undefined : parse(stored);
        const { cost, salt, hash } = known ?? decoy;
        const same = timingSafeEqual(await keyOf(derive, password, salt, cost), hash);
        const matches = same && known !== undefined;
        return { matches, rehash: matches && !sameCost(cost) };
      }),
  };
};
