import type { Clock } from "../../ports/clock.js";
import type {
  IdentityServer,
  IdentityServerAnswer,
  IdentityServers,
  RemoteSession,
} from "../../ports/identity-servers.js";
import type { Logger } from "../../ports/logger.js";
import type { Binding, RecordedBindings } from "../../ports/recorded-bindings.js";
import { ProtocolError, protocolError } from "../../protocol/errors.js";
import { foreignThreepid, type Threepid } from "../../protocol/threepid.js";
import type { BindingTurns } from "./binding-turns.js";
import { identityServer } from "./identity-server-name.js";
import { relayed, relayedError } from "./relayed-answer.js";
import type { ThreepidProof } from "./threepid-proof.js";
import { mayRecover, unbindEntry, unbindKind } from "./unbinding.js";

/** Whether identity servers took back everything that they were asked to. */
export type UnbindResult = "success" | "no-support";

export interface Bindings {
  /**
   * Has the identity server that validated the session bind it to the user, and remembers where. Throws what the
   * identity server refuses with, and M_FORBIDDEN where the user has too many bindings.
   */
  bind(mxid: string, proof: ThreepidProof, idAccessToken: string | undefined): Promise<void>;
  /** The same for a session of which only the identity server knows what it proved. */
  bindSession(mxid: string, server: IdentityServer, session: RemoteSession): Promise<void>;
  /** As `bind`, for an account that exists whether or not this succeeds; a failure is logged. */
  bindIfPossible(mxid: string, proof: ThreepidProof, log: Logger): Promise<void>;
  /**
   * Takes a binding back where it was made, and forgets it. Where the identity server is out, a recorded binding is taken
   * back as soon as it answers again. Throws a Matrix error that the identity server answers.
   */
  unbind(binding: Binding): Promise<UnbindResult>;
  /** The same for a user who is about to be no more: a Matrix error is logged. */
  unbindForGood(binding: Binding, log: Logger): Promise<UnbindResult>;
}

interface BindingPorts {
  readonly recordedBindings: RecordedBindings;
  readonly identityServers: IdentityServers;
  readonly clock: Clock;
  readonly bindingTurns: BindingTurns;
  /** Says that an outbox entry of this kind was written. */
  readonly wakeOutbox: (kind: string) => void;
}

/** Nobody has so many addresses; whoever has, tells us to keep what is none. */
const mostBindings = 100;

const tooMany = () =>
  protocolError("M_FORBIDDEN", {
    error: `${mostBindings} addresses are bound for this account, or wait to be taken back. Please unbind one of them.`,
  });

export const bindings = (ports: BindingPorts): Bindings => {
  const { recordedBindings, identityServers, clock, bindingTurns, wakeOutbox } = ports;

  const publish = async (
    mxid: string,
    { medium, address }: Threepid,
    server: IdentityServer,
    session: RemoteSession,
  ): Promise<void> => {
    const binding = { mxid, medium, address, idServer: server.name };
    await bindingTurns(binding, async () => {
      // Beforehand: where an answer never comes, or finds nobody any more, there may be something to take back.
      const recorded = await recordedBindings.record(binding, mostBindings);
      if (recorded === "full") throw tooMany();
      const answer = await identityServers.bind(server, session, mxid);
      const isBound = answer.outcome === "answered" || answer.outcome === "unreachable";
      if (recorded === "new" && !isBound) await recordedBindings.forget(binding);
      relayed(answer);
    });
  };

  const bind = async (mxid: string, proof: ThreepidProof, idAccessToken: string | undefined): Promise<void> => {
    const { sid, idServer, clientSecret } = proof;
    if (idServer === undefined || clientSecret === undefined) {
      throw protocolError("M_INVALID_PARAM", {
        error: "This homeserver confirmed the address itself, and an identity server binds only what it confirmed.",
      });
    }
    await publish(mxid, proof, identityServer(idServer, idAccessToken), { sid, clientSecret });
  };

  const askToUnbind = ({ mxid, medium, address, idServer }: Binding): Promise<IdentityServerAnswer<void>> =>
    identityServers.unbind(identityServer(idServer, undefined), { medium, address }, mxid);

  const settle = async (binding: Binding, answer: IdentityServerAnswer<void>): Promise<UnbindResult> => {
    if (answer.outcome === "answered") {
      await recordedBindings.forget(binding);
      return "success";
    }
    if (mayRecover(answer) && (await recordedBindings.replace(binding, unbindEntry(binding, clock.now())))) {
      wakeOutbox(unbindKind);
    }
    return "no-support";
  };

  return {
    bind,
    async bindSession(mxid, server, session) {
      const { medium, address } = relayed(await identityServers.getValidated3pid(server, session));
      const threepid = foreignThreepid(medium, address);
      if (threepid === undefined) {
        throw protocolError("M_UNKNOWN", {
          status: 502,
          error: "The identity server confirmed something that is no address here.",
        });
      }
      await publish(mxid, threepid, server, session);
    },
    async bindIfPossible(mxid, proof, log) {
      if (proof.idServer === undefined) return;
      try {
        await bind(mxid, proof, undefined);
      } catch (error) {
        // The account stands, and its owner can bind the address later.
        const errcode = error instanceof ProtocolError ? error.errcode : "M_UNKNOWN";
        log.warn("an address was not bound at registration", { errcode });
      }
    },
    unbind: (binding) =>
      bindingTurns(binding, async () => {
        const answer = await askToUnbind(binding);
        if (answer.outcome === "refused") throw relayedError(answer);
        return settle(binding, answer);
      }),
    unbindForGood: (binding, log) =>
      bindingTurns(binding, async () => {
        const answer = await askToUnbind(binding);
        if (answer.outcome === "refused") {
          log.warn("an identity server refused to unbind a closing account", { errcode: answer.errcode });
        }
        return settle(binding, answer);
      }),
  };
};
