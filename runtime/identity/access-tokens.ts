/** Access tokens of version 2: who holds one, and how one is issued. Identity Service API, "Authentication". */

import { type Awaitable, after } from "../../generated/seam/awaitable.js";
import type { AccessTokens } from "../ports/access-tokens.js";
import type { Clock } from "../ports/clock.js";
import type { Random } from "../ports/random.js";
import { newAccessToken, tokenHash } from "../protocol/tokens.js";
import type { IdentityRequester } from "./context.js";
import { requireUserId } from "./user-id.js";

/**
 * Finds whom an access token belongs to; undefined when it is not, or no longer, known.
 *
 * @param lifetimeMs how long a token holds; for ever without it
 */
export const identityAuthentication =
  (
    { accessTokens, clock }: { readonly accessTokens: AccessTokens; readonly clock: Clock },
    lifetimeMs?: number | undefined,
  ) =>
  (token: string): Awaitable<IdentityRequester | undefined> => {
    const hash = tokenHash(token);
    const owner = accessTokens.ownerOf(hash, lifetimeMs === undefined ? undefined : clock.now() - lifetimeMs);
    return after(owner, (mxid) => (mxid === undefined ? undefined : { mxid, tokenHash: hash }));
  };

/**
 * Makes a new access token for a user and answers it; it is kept as a hash alone and cannot be read again. Of more than
 * `most` tokens the oldest end: whoever registers again and again leaves nothing behind.
 *
 * @throws ProtocolError M_INVALID_PARAM when this is no user ID.
 */
export const issueAccessToken = async (
  {
    accessTokens,
    random,
    clock,
  }: { readonly accessTokens: AccessTokens; readonly random: Random; readonly clock: Clock },
  mxid: string,
  most: number,
): Promise<string> => {
  requireUserId("mxid", mxid);
  const token = newAccessToken(random);
  await accessTokens.add(tokenHash(token), mxid, clock.now(), most);
  return token;
};
