/** A user's account on an identity server, and the terms that go with it (Identity Service API, "Authentication", "Terms"). */

import type { ClientServerV3Client } from "../../generated/client-server-v3/index.js";
import type { GetTermsResponse, IdentityClient } from "../../generated/identity/index.js";
import { member, type Result, refusal, textMember, unreadable } from "./result.js";
import { until } from "./validation.js";

export interface IdentityAccountParties {
  /** With the access token of the account. */
  readonly homeserver: Pick<ClientServerV3Client, "requestOpenIdToken">;
  readonly identity: Pick<IdentityClient, "registerAccount" | "getAccount" | "getTerms" | "agreeToTerms">;
}

export interface IdentityAccountOptions {
  /** Whose account it is to be: the user whose access token the homeserver's client has. */
  readonly mxid: string;
  /** URLs of documents that the user has accepted before, as their account data `m.accepted_terms` keeps them. */
  readonly accepted?: Iterable<string>;
  /** The languages that the user reads, most wanted first. Default: English. */
  readonly languages?: readonly string[];
  /** An access token from before, to see to new terms with; without it there is a new one. */
  readonly accessToken?: string;
  readonly signal?: AbortSignal;
}

/** A document that is to be accepted, in the language that suits the user best. */
export interface TermsDocument {
  /** What the server calls the document, whatever its edition. */
  readonly id: string;
  readonly version: string;
  readonly language: string;
  readonly name: string;
  readonly url: string;
}

/** The account is open: its token is what bindings and lookups take. */
export interface OpenAccount {
  readonly needs: "nothing";
  readonly accessToken: string;
  /** Every URL that is accepted by now, to be kept as account data. */
  readonly accepted: readonly string[];
}

/** The user has to accept documents first. */
export interface AwaitingTerms {
  readonly needs: "terms";
  readonly documents: readonly TermsDocument[];
  /** To be called once the user has accepted all of {@link documents}. */
  accept(signal?: AbortSignal): Promise<Result<OpenAccount, IdentityAccountCode>>;
}

const codes = ["M_FORBIDDEN", "M_TERMS_NOT_SIGNED", "M_UNKNOWN_TOKEN", "M_UNRECOGNIZED"] as const;

/** `M_UNKNOWN_TOKEN`: the homeserver does not know the user's token, or does not vouch to the identity server. */
export type IdentityAccountCode = (typeof codes)[number];

type Policy = GetTermsResponse["policies"][string];

const english = ["en"];

/** What a policy says in each language. */
const textsOf = (
  policy: Policy,
): readonly { readonly language: string; readonly name: string; readonly url: string }[] =>
  Object.entries(policy).flatMap(([language, text]) => {
    const [name, url] = [textMember(text, "name"), textMember(text, "url")];
    return name === undefined || url === undefined ? [] : [{ language, name, url }];
  });

const base = (language: string): string => language.toLowerCase().split(/[-_]/)[0] ?? "";

/** Every document whose texts nobody accepted in any language. */
const pending = (
  policies: GetTermsResponse["policies"],
  accepted: ReadonlySet<string>,
  languages: readonly string[],
): readonly TermsDocument[] =>
  Object.entries(policies).flatMap(([id, policy]) => {
    const texts = textsOf(policy);
    if (texts.some(({ url }) => accepted.has(url))) return [];
    const wanted = [...languages, ...english].flatMap((language) => [
      ...texts.filter((text) => text.language === language),
      ...texts.filter((text) => base(text.language) === base(language)),
    ]);
    const [text] = [...wanted, ...texts];
    return text === undefined ? [] : [{ id, version: textMember(policy, "version") ?? "", ...text }];
  });

/** The user's access token on the identity server, made with the homeserver's word for who they are. */
const registered = async (
  { homeserver, identity }: IdentityAccountParties,
  { mxid, signal }: IdentityAccountOptions,
): Promise<Result<{ readonly accessToken: string }, IdentityAccountCode>> => {
  const vouched = await homeserver.requestOpenIdToken({ params: { userId: mxid }, body: {} }, until(signal));
  if (vouched.status !== 200) return refusal(vouched, codes);
  const answer = await identity.registerAccount({ body: vouched.body }, until(signal));
  if (answer.status !== 200) return refusal(answer, codes);
  const accessToken = textMember(answer.body, "token") ?? textMember(answer.body, "access_token");
  return accessToken === undefined ? unreadable(answer.status, "token") : { ok: true, accessToken };
};

/**
 * An account on an identity server, for a user whose homeserver vouches for them. Where documents have to be accepted
 * that were not before, the answer names them, and there is no token to be had until the user has.
 * @throws what calls throw that get no answer: `Unreachable`, `TimedOut`, `UnexpectedAnswer`, the signal's reason.
 */
export const identityAccount = async (
  parties: IdentityAccountParties,
  options: IdentityAccountOptions,
): Promise<Result<OpenAccount | AwaitingTerms, IdentityAccountCode>> => {
  const { identity } = parties;
  const { languages = english, signal } = options;
  const before = new Set(options.accepted);
  const account =
    options.accessToken === undefined
      ? await registered(parties, options)
      : ({ ok: true, accessToken: options.accessToken } as const);
  if (!account.ok) return account;
  const { accessToken } = account;

  const open = (accepted: Iterable<string>) =>
    ({ ok: true, needs: "nothing", accessToken, accepted: [...accepted] }) as const;
  const agree = async (
    user_accepts: string[],
    by: AbortSignal | undefined,
  ): Promise<Result<OpenAccount, IdentityAccountCode>> => {
    const answer = await identity.agreeToTerms({ body: { user_accepts } }, { accessToken, ...until(by) });
    return answer.status === 200 ? open(new Set([...before, ...user_accepts])) : refusal(answer, codes);
  };

  const mine = await identity.getAccount({}, { accessToken, ...until(signal) });
  if (mine.status === 200) return open(before);
  const refused = refusal(mine, codes);
  if (refused.errcode !== "M_TERMS_NOT_SIGNED") return refused;
  const terms = await identity.getTerms({}, until(signal));
  if (terms.status !== 200) return refusal(terms, codes);
  if (member(terms.body, "policies") === undefined) return unreadable(200, "policies");

  const { policies } = terms.body;
  const known = new Set(Object.values(policies).flatMap((policy) => textsOf(policy).map(({ url }) => url)));
  const documents = pending(policies, before, languages);
  const here = [...before].filter((url) => known.has(url));
  if (documents.length === 0) return agree(here, signal);
  return {
    ok: true,
    needs: "terms",
    documents,
    accept: (by) => agree([...here, ...documents.map(({ url }) => url)], by),
  };
};
