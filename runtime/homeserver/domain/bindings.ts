import type { IdentityServers } from "../../ports/identity-servers.js";
import type { Logger } from "../../ports/logger.js";
import type { Binding, RecordedBindings } from "../../ports/recorded-bindings.js";
import { ProtocolError, protocolError } from "../../protocol/errors.js";
import { identityServer } from "./identity-server-name.js";
import { relayed, relayedError } from "./relayed-answer.js";
import type { ThreepidProof } from "./threepid-proof.js";

/** Whether identity servers took back everything that they were asked to. */
export type UnbindResult = "success" | "no-support";

export interface Bindings {
  /**
   * Has the identity server that validated the session bind it to the user, and remembers where. Throws what the
   * identity server refuses with.
   */
  bind(mxid: string, proof: ThreepidProof, idAccessToken: string | undefined): Promise<void>;
  /** The same for an account that exists whether or not this succeeds; a failure is logged. */
  bindIfPossible(mxid: string, proof: ThreepidProof, log: Logger): Promise<void>;
  /** Takes a binding back where it was made, and forgets it. Throws a Matrix error that the identity server answers. */
  unbind(binding: Binding): Promise<UnbindResult>;
}

interface BindingPorts {
  readonly recordedBindings: RecordedBindings;
  readonly identityServers: IdentityServers;
}

export const bindings = ({ recordedBindings, identityServers }: BindingPorts): Bindings => {
  const bind = async (mxid: string, proof: ThreepidProof, idAccessToken: string | undefined): Promise<void> => {
    const { medium, address, sid, idServer, clientSecret } = proof;
    if (idServer === undefined || clientSecret === undefined) {
      throw protocolError("M_INVALID_PARAM", {
        error: "This homeserver confirmed the address itself, and an identity server binds only what it confirmed.",
      });
    }
    const server = identityServer(idServer, idAccessToken);
    const binding = { mxid, medium, address, idServer };
    // Beforehand: where an answer never comes, or finds nobody any more, there may be something to take back.
    const isNew = await recordedBindings.record(binding);
    const answer = await identityServers.bind(server, { sid, clientSecret }, mxid);
    const isBound = answer.outcome === "answered" || answer.outcome === "unreachable";
    if (isNew && !isBound) await recordedBindings.forget(binding);
    relayed(answer);
  };

  return {
    bind,
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
    async unbind(binding) {
      const { mxid, medium, address, idServer } = binding;
      const answer = await identityServers.unbind(identityServer(idServer, undefined), { medium, address }, mxid);
      if (answer.outcome === "refused") throw relayedError(answer);
      if (answer.outcome !== "answered") return "no-support";
      await recordedBindings.forget(binding);
      return "success";
    },
  };
};
