/** Whether requests should be sent here: everything that answering them needs was tried a moment ago. */

import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";

/** Throws when it does not work. */
export type Check = () => Promise<void>;

export interface Readiness {
  readonly ready: boolean;
  /** By the check's name. Why one failed is in the log. */
  readonly checks: Readonly<Record<string, "ok" | "failed">>;
}

/** Whoever asks more often than this (ms) is told again what was found: watching must be no load. */
const keptMs = 2_000;

export const readiness = (
  checks: Readonly<Record<string, Check>>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): (() => Promise<Readiness>) => {
  const failing = new Set<string>();
  let last: { readonly at: number; readonly found: Promise<Readiness> } | undefined;

  const note = (name: string, error: unknown): "ok" | "failed" => {
    if (error === undefined) {
      if (failing.delete(name)) log.info("what this server needs works again", { check: name });
      return "ok";
    }
    const reason =
      error instanceof Error && "code" in error ? String(error.code) : error instanceof Error ? error.name : "";
    if (!failing.has(name)) log.error("what this server needs does not work", { check: name, reason });
    failing.add(name);
    return "failed";
  };

  const attempt = async ([name, check]: readonly [string, Check]) => {
    const error = await check().then(
      () => undefined,
      (thrown: unknown) => thrown ?? "no reason",
    );
    return [name, note(name, error)] as const;
  };

  const look = async (): Promise<Readiness> => {
    const found = await Promise.all(Object.entries(checks).map(attempt));
    return { ready: found.every(([, state]) => state === "ok"), checks: Object.fromEntries(found) };
  };

  return () => {
    const now = clock.now();
    if (last === undefined || now - last.at >= keptMs) last = { at: now, found: look() };
    return last.found;
  };
};
