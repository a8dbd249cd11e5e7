/** What a homeserver's outbox holds, and who sends it. */

import type { Configuration, HomeserverOptions } from "../config/schema.js";
import { defaultOutboxSettings, type OutboxWorker, outboxWorker } from "../delivery/outbox-worker.js";
import type { BindingTurns } from "../homeserver/domain/binding-turns.js";
import { unbindKind, unbindSender, unbindStands, unbindTurn } from "../homeserver/domain/unbinding.js";
import type { HomeserverStorage } from "../ports/homeserver-storage.js";
import type { IdentityServers } from "../ports/identity-servers.js";
import type { Surroundings } from "./surroundings.js";

export interface HomeserverOutboxParts {
  readonly configuration: Configuration;
  readonly options: HomeserverOptions;
  readonly around: Surroundings;
  readonly storage: Pick<HomeserverStorage, "outbox" | "recordedBindings">;
  readonly identityServers: IdentityServers;
  readonly bindingTurns: BindingTurns;
}

const dayMs = 24 * 60 * 60 * 1000;

/** How often an identity server may be waited for within one try: in both of its versions, signed in both ways. */
const waitsOfUnbinding = 4;

/** Unbindings are all that leaves a homeserver later. */
export const homeserverOutbox = (parts: HomeserverOutboxParts): OutboxWorker => {
  const { configuration, options, around, storage, identityServers, bindingTurns } = parts;
  return outboxWorker(
    {
      outbox: storage.outbox,
      ...around,
      kind: unbindKind,
      send: unbindSender({ ...around, identityServers }),
      stands: unbindStands(storage),
      turn: unbindTurn(bindingTurns),
    },
    {
      ...defaultOutboxSettings,
      // An identity server that hangs keeps no place from those that answer.
      unproven: 6,
      failing: 2,
      leaseMs: 2 * waitsOfUnbinding * configuration.network.timeout_ms,
      maxAttempts: Number.POSITIVE_INFINITY,
      maxAgeMs: options.threepid.unbinding.give_up_after_days * dayMs,
      // An identity server that is asked twice unbinds once: there is no reason to wait for long.
      graceMs: 1_000,
    },
  );
};
