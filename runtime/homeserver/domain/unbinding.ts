/**
 * Taking bindings back later, where the identity server did not answer when a user wanted that: what waits in the outbox,
 * and how it leaves.
 */

import { DeliveryError } from "../../ports/delivery-error.js";
import type { IdentityServerAnswer, IdentityServers } from "../../ports/identity-servers.js";
import type { Logger } from "../../ports/logger.js";
import type { OutboxEntry } from "../../ports/outbox.js";
import type { Binding, RecordedBindings } from "../../ports/recorded-bindings.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import { isMedium } from "../../protocol/threepid.js";
import { type BindingTurns, bindingName } from "./binding-turns.js";
import { identityServer } from "./identity-server-name.js";

/** The kind of outbox entry whose payload is a binding to take back. */
export const unbindKind = "unbind";

export const unbindEntry = (binding: Binding, dueAt: number): OutboxEntry => {
  const { mxid, medium, address, idServer } = binding;
  return {
    kind: unbindKind,
    payload: { mxid, medium, address, id_server: idServer },
    dueAt,
    destination: idServer,
    topic: bindingName(binding),
    threepid: { medium, address },
  };
};

const bindingOf = ({ mxid, medium, address, id_server: idServer }: JsonObject): Binding => {
  const isText = (value: unknown) => typeof value === "string";
  if (!isText(mxid) || !isText(medium) || !isMedium(medium) || !isText(address) || !isText(idServer)) {
    throw new Error("the outbox entry is no binding to take back");
  }
  return { mxid, medium, address, idServer };
};

/** Whether the user has not had it bound there again, in the meantime. */
export const unbindStands =
  ({ recordedBindings }: { readonly recordedBindings: Pick<RecordedBindings, "list"> }) =>
  async (payload: JsonObject): Promise<boolean> => {
    const { mxid, medium, address, idServer } = bindingOf(payload);
    const recorded = await recordedBindings.list(mxid);
    return !recorded.some((it) => it.medium === medium && it.address === address && it.idServer === idServer);
  };

/** Nothing is bound anew between the question whether an unbinding stands and the end of its sending. */
export const unbindTurn =
  (turns: BindingTurns) =>
  <Result>(payload: JsonObject, work: () => Promise<Result>): Promise<Result> =>
    turns(bindingOf(payload), work);

/** Whether the identity server may do later what it did not do now. */
export const mayRecover = (answer: IdentityServerAnswer<unknown>): boolean =>
  answer.outcome === "unreachable" || (answer.outcome === "refused" && (answer.status === 429 || answer.status >= 500));

export interface UnbindSenderPorts {
  readonly identityServers: Pick<IdentityServers, "unbind">;
  readonly log: Logger;
}

/** Sends the outbox entries of {@link unbindKind}. An answer that refuses is an answer: it is not asked again. */
export const unbindSender =
  ({ identityServers, log }: UnbindSenderPorts) =>
  async (payload: JsonObject, signal: AbortSignal): Promise<void> => {
    const { mxid, idServer, ...threepid } = bindingOf(payload);
    const answer = await identityServers.unbind(identityServer(idServer, undefined), threepid, mxid, signal);
    if (answer.outcome === "answered") return;
    if (mayRecover(answer)) {
      const isRefusal = answer.outcome === "refused";
      const reason = answer.outcome === "unreachable" ? answer.reason : `the answer is ${answer.status}`;
      throw new DeliveryError("unreachable", reason, { retryAfterMs: isRefusal ? answer.retryAfterMs : undefined });
    }
    log.warn("An identity server does not take a binding back", { server: idServer, outcome: answer.outcome });
  };
