/** Being found by an address (Identity Service API, "Associations", and `/account/3pid/bind` of the client-server API). */

import type { ClientServerV3Client } from "../../generated/client-server-v3/index.js";
import type { IdentityClient } from "../../generated/identity/index.js";
import { type Result, refusal, textMember } from "./result.js";
import {
  type MessageCode,
  type MessageOptions,
  messageTo,
  personStep,
  type Reachable,
  type Step,
  until,
} from "./validation.js";

export interface BindingParties {
  /** With the access token of the account. */
  readonly homeserver: Pick<ClientServerV3Client, "bind3PID">;
  readonly identity: Pick<
    IdentityClient,
    "emailRequestTokenV2" | "msisdnRequestTokenV2" | "msisdnSubmitTokenPostV2" | "getValidated3pidV2"
  >;
  /** What the identity server is called: a host name, with a port if it needs one. */
  readonly idServer: string;
  /** The user's access token for it, see {@link identityAccount}. */
  readonly idAccessToken: string;
}

export interface NewBinding extends MessageOptions {
  readonly threepid: Reachable;
}

const codes = [
  "M_FORBIDDEN",
  "M_NO_VALID_SESSION",
  "M_SERVER_NOT_TRUSTED",
  "M_SESSION_EXPIRED",
  "M_TERMS_NOT_SIGNED",
  "M_UNKNOWN_TOKEN",
] as const;

/** What the identity server refused with is told as if the homeserver had. */
export type BindingCode = (typeof codes)[number];

/**
 * Has the identity server send a message to an address; the step that it answers waits for the person, and then binds
 * the address: from then on whoever looks it up there finds the user. The account itself does not get it, see
 * {@link addThreepid}.
 * @throws what calls throw that get no answer: `Unreachable`, `TimedOut`, `UnexpectedAnswer`, the signal's reason.
 */
export const bindThreepid = async (
  { homeserver, identity, idServer, idAccessToken }: BindingParties,
  { threepid, nextLink, ...options }: NewBinding,
): Promise<Result<Step<object, BindingCode>, MessageCode>> => {
  const as = { accessToken: idAccessToken };
  const operations = { email: identity.emailRequestTokenV2, msisdn: identity.msisdnRequestTokenV2 };
  return personStep<object, BindingCode>(
    {
      request: messageTo(threepid, nextLink, operations, as),
      submission: ({ sid, clientSecret: client_secret }) =>
        threepid.medium === "email"
          ? undefined
          : (token, by) =>
              identity.msisdnSubmitTokenPostV2({ body: { sid, client_secret, token } }, { ...as, ...until(by) }),
      finish: async ({ sid, clientSecret: client_secret }, by) => {
        const validated = await identity.getValidated3pidV2({ query: { sid, client_secret } }, { ...as, ...until(by) });
        if (textMember(validated.body, "errcode") === "M_SESSION_NOT_VALIDATED") return undefined;
        if (validated.status !== 200) return refusal(validated, codes);
        const body = { sid, client_secret, id_server: idServer, id_access_token: idAccessToken };
        const bound = await homeserver.bind3PID({ body }, until(by));
        return bound.status === 200 ? { ok: true } : refusal(bound, codes);
      },
    },
    options,
  );
};
