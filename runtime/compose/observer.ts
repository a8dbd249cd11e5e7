/** The listener for those who watch: health, readiness, figures. */

import type { Configuration } from "../config/schema.js";
import type { Metrics } from "../observe/metrics.js";
import { observationPages } from "../observe/pages.js";
import { type Check, readiness } from "../observe/readiness.js";
import type { Listener } from "./listener.js";
import { pageServer } from "./page-server.js";
import type { Service } from "./service.js";
import type { Surroundings } from "./surroundings.js";

/** @param open whether requests are taken: everything listens, and nothing is being closed. */
export const observer = (
  { observe }: Configuration,
  metrics: Metrics,
  services: Readonly<Record<"identity" | "homeserver", Service | undefined>>,
  around: Surroundings,
  open: () => boolean,
): Listener => {
  const checks: Record<string, Check> = {};
  for (const [name, service] of Object.entries(services)) {
    if (service === undefined) continue;
    const { storage, outbox } = service;
    checks[`${name} database`] = storage.probe;
    if (outbox !== undefined) metrics.outbox(name, outbox.backlog);
  }
  const look = readiness(checks, around);
  const ready = async () => {
    // A database that is being closed is not asked.
    if (!open()) return { ready: false, checks: { listening: "failed" } } as const;
    const found = await look();
    return { ...found, checks: { listening: "ok", ...found.checks } } as const;
  };
  return pageServer("observe", observe.listen, observationPages(ready, metrics));
};
