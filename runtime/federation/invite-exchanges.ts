/** Asks the server of an inviter to issue an invite (Server-Server API, "Third-party invites"). */

import type { InviteExchanges } from "../ports/invite-exchanges.js";
import type { SigningKey } from "../protocol/ed25519.js";
import { recordIn } from "../protocol/record.js";
import { signRequest } from "../protocol/x-matrix.js";
import type { AskHomeserver } from "./homeserver-requests.js";
import { OutgoingError } from "./outgoing-error.js";

export interface InviteExchangesOptions {
  readonly ask: AskHomeserver;
  /** The name of this homeserver, which it signs under. */
  readonly serverName: string;
  /** The key that signs now: it may be rotated while the server runs. */
  readonly signingKey: () => Promise<SigningKey>;
}

/** What is worth repeating: the server is busy, or something in front of it is broken. */
const isPassing = (status: number): boolean => status >= 500 || status === 429 || status === 408 || status < 400;

const errcodeOf = (text: string): string => {
  const errcode = recordIn(text)?.["errcode"];
  return typeof errcode === "string" && /^[A-Z0-9_.]{1,100}$/.test(errcode) ? errcode : "M_UNKNOWN";
};

export const inviteExchanges = ({ ask, serverName, signingKey }: InviteExchangesOptions): InviteExchanges => ({
  async exchange(destination, { roomId, sender, mxid, signed }, signal) {
    const content = {
      type: "m.room.member",
      room_id: roomId,
      sender,
      state_key: mxid,
      // What stands for the address in the room is known there alone: the server that is asked fills it in.
      content: { membership: "invite", third_party_invite: { display_name: mxid, signed } },
    };
    const method = "PUT";
    const target = `/_matrix/federation/v1/exchange_third_party_invite/${encodeURIComponent(roomId)}`;
    const authorization = signRequest({ method, uri: target, content }, serverName, destination, await signingKey());
    try {
      const response = await ask(destination, { method, target, body: JSON.stringify(content), authorization, signal });
      const { status } = response;
      if (response.ok) return { outcome: "issued" };
      if (isPassing(status)) return { outcome: "unreachable", reason: `the homeserver answered with status ${status}` };
      return { outcome: "refused", status, errcode: errcodeOf(await response.text()) };
    } catch (error) {
      if (error instanceof OutgoingError) return { outcome: "unreachable", reason: error.message };
      throw error;
    }
  },
});
