/** What the identity server's outbox holds, and who sends it: each kind has a worker, and none waits for the other. */

import type { Configuration, IdentityOptions } from "../config/schema.js";
import { defaultOutboxSettings, outboxWorker } from "../delivery/outbox-worker.js";
import { inviteMailKind, inviteMailSender, inviteMailStands } from "../identity/invite-mail.js";
import { onbindKind, onbindSender, onbindStands } from "../identity/onbind.js";
import type { Courier } from "../ports/courier.js";
import type { Homeservers } from "../ports/homeservers.js";
import type { IdentityStorage } from "../ports/identity-storage.js";
import type { Surroundings } from "./surroundings.js";

export interface IdentityOutboxParts {
  readonly configuration: Configuration;
  readonly options: IdentityOptions;
  readonly around: Surroundings;
  readonly storage: Pick<IdentityStorage, "outbox" | "invites" | "associations">;
  readonly courier: Courier;
  readonly homeservers: Homeservers;
}

export interface IdentityOutbox {
  start(): void;
  /** Says that something of this kind was written. */
  wake(kind: string): void;
  stop(): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * How often a homeserver may be waited for within one try: its well-known file, and twice, by either method, the way to
 * it and its answer.
 */
const waitsOfNotice = 6;

export const identityOutbox = (parts: IdentityOutboxParts): IdentityOutbox => {
  const { configuration, options, around, storage, courier, homeservers } = parts;
  const shared = { outbox: storage.outbox, ...around };
  const workers = new Map([
    [
      inviteMailKind,
      outboxWorker(
        {
          ...shared,
          kind: inviteMailKind,
          send: inviteMailSender(courier),
          stands: inviteMailStands({ ...around, ...storage }),
        },
        // Twice as long as a mail may take: what a killed process had begun does not wait longer than it must.
        { ...defaultOutboxSettings, leaseMs: 2 * configuration.mail.timeout_ms },
      ),
    ],
    [
      onbindKind,
      outboxWorker(
        {
          ...shared,
          kind: onbindKind,
          send: onbindSender({ ...around, ...storage, homeservers }),
          stands: onbindStands(storage),
        },
        {
          ...defaultOutboxSettings,
          // One for each homeserver at the most, and most of the time they wait. Anybody can have homeservers, and let
          // them hang: these places are left to those that answered last time, and those to whoever is new.
          concurrency: 32,
          unproven: 24,
          failing: 8,
          leaseMs: waitsOfNotice * configuration.network.timeout_ms,
          maxAttempts: Number.POSITIVE_INFINITY,
          maxAgeMs: options.onbind.give_up_after_days * dayMs,
          // A homeserver that is told twice can tell: there is no reason to wait for long.
          graceMs: 1_000,
        },
      ),
    ],
  ]);
  return {
    start: () => {
      for (const worker of workers.values()) worker.start();
    },
    wake: (kind) => workers.get(kind)?.wake(),
    stop: async () => {
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
    },
  };
};
