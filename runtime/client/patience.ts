/** Waiting for a person: how long, how often to look, and what ends it early. */

import type { Result } from "./result.js";

export interface Patience {
  /** How long to wait in all, in milliseconds. Default: ten minutes. */
  readonly timeoutMs?: number;
  /** How long between one look and the next, in milliseconds; longer where the server says so. Default: 3,000. */
  readonly intervalMs?: number;
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The wait is over and the person has not done it. The step is still good: wait again, now or later. */
export const notConfirmed = {
  ok: false,
  errcode: "NOT_CONFIRMED",
  error: "The message was not answered in time.",
} as const;

/** A timer that is set for longer goes off at once. */
const longestPauseMs = 2 ** 31 - 1;

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });

/** Looks until there is something to see; undefined means that there is not yet. Servers that ask for a pause get it. */
export const waitFor = async <Done extends object, Code extends string>(
  look: (signal: AbortSignal | undefined) => Promise<Result<Done, Code> | undefined>,
  { timeoutMs = 600_000, intervalMs = 3000, signal }: Patience = {},
): Promise<Result<Done, Code> | typeof notConfirmed> => {
  const end = Date.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await look(signal);
    const isLimited = seen !== undefined && !seen.ok && seen.errcode === "M_LIMIT_EXCEEDED";
    if (seen !== undefined && !isLimited) return seen;
    const asked = isLimited && "retryAfterMs" in seen ? (seen.retryAfterMs ?? 0) : 0;
    const wait = Math.min(Math.max(intervalMs, asked), longestPauseMs);
    if (Date.now() + wait > end) return seen ?? notConfirmed;
    await pause(wait, signal);
  }
};
