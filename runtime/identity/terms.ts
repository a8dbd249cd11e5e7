/** The terms of service: what has to be accepted, by whom it was, and who must wait. "Terms of service". */

import type { Operation } from "../../generated/seam/contract.js";
import type { AcceptedTerms } from "../ports/accepted-terms.js";
import type { Clock } from "../ports/clock.js";
import { invalidParam, protocolError } from "../protocol/errors.js";
import { type Policy, policiesOf, type Terms } from "../protocol/terms.js";
import type { IdentityHandlers, IdentityRequester, Section } from "./context.js";

const urlsOf = ({ texts }: Policy): readonly string[] => [...texts.values()].map(({ url }) => url);

/** Whoever is to accept terms, or to leave, or proves by something else than a token, is not asked to accept first. */
const openToAll: ReadonlySet<string> = new Set(["agreeToTerms", "logout", "unbindV2"]);

export const asksNothingOfCallers = ({ id }: Operation): boolean => openToAll.has(id);

/**
 * Refuses users who have yet to accept the edition of a document that holds now; undefined where there is nothing to
 * accept. A document is accepted in every language once it is in one.
 */
export const termsPermit = (
  terms: Terms,
  acceptedTerms: AcceptedTerms,
): ((requester: IdentityRequester, operation: Operation) => Promise<void>) | undefined => {
  if (terms.size === 0) return undefined;
  const documents = [...terms.values()].map(urlsOf);
  return async ({ mxid }, operation) => {
    if (asksNothingOfCallers(operation)) return;
    const accepted = await acceptedTerms.acceptedBy(mxid);
    if (!documents.every((urls) => urls.some((url) => accepted.has(url)))) throw protocolError("M_TERMS_NOT_SIGNED");
  };
};

interface TermsPorts {
  readonly acceptedTerms: AcceptedTerms;
  readonly clock: Clock;
}

export const termsOfService = (
  { acceptedTerms, clock }: TermsPorts,
  terms: Terms,
): Section<"getTerms" | "agreeToTerms"> => {
  const policies = policiesOf(terms);
  const known = new Set([...terms.values()].flatMap(urlsOf));

  const agreeToTerms: IdentityHandlers["agreeToTerms"] = async ({ body: { user_accepts: urls } }, { requester }) => {
    if (requester === undefined) throw protocolError("M_UNAUTHORIZED");
    // What nobody offered is not kept: it would be room for strangers to fill.
    if (!urls.every((url) => known.has(url))) throw invalidParam("user_accepts", "must name documents of this server");
    await acceptedTerms.accept(requester.mxid, urls, clock.now());
    return { status: 200, body: {} };
  };

  return { getTerms: () => ({ status: 200, body: { policies } }), agreeToTerms };
};
