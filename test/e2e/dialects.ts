/** The ways to speak to an identity server: either version, and version 1 also by forms. */
import type {
  BindRequest,
  RequestEmailValidation,
  RequestMsisdnValidation,
  StoreInviteRequest,
  UnbindRequest,
} from "../../generated/identity/index.js";
import type { CallOptions } from "../../generated/seam/client.js";
import type { Session } from "./journeys.js";
import type { Servers } from "./servers.js";

export const dialects = ["v1", "v1 by forms", "v2"] as const;
export type Dialect = (typeof dialects)[number];

const form = { headers: { "content-type": "application/x-www-form-urlencoded" } } as const;

type Submission = Session & { readonly token: string };

/** The steps of the identity service in one dialect, for one user. Each throws what is no success. */
export const speak = async ({ identity, identityToken }: Servers, dialect: Dialect, mxid: string) => {
  const { orThrow } = identity;
  if (dialect === "v2") {
    const as: CallOptions = { accessToken: await identityToken(mxid) };
    return {
      requestEmail: (body: RequestEmailValidation) => orThrow.emailRequestTokenV2({ body }, as),
      requestMsisdn: (body: RequestMsisdnValidation) => orThrow.msisdnRequestTokenV2({ body }, as),
      submitEmail: (body: Submission) => orThrow.emailSubmitTokenPostV2({ body }, as),
      submitMsisdn: (body: Submission) => orThrow.msisdnSubmitTokenPostV2({ body }, as),
      validated: ({ sid, client_secret }: Session) => orThrow.getValidated3pidV2({ query: { sid, client_secret } }, as),
      bind: (body: BindRequest) => orThrow.bindV2({ body }, as),
      // A session vouches for it, and no token.
      unbind: (body: UnbindRequest) => orThrow.unbindV2({ body }),
      storeInvite: (body: StoreInviteRequest) => orThrow.storeInviteV2({ body }, as),
    };
  }
  const as: CallOptions = dialect === "v1" ? {} : form;
  return {
    requestEmail: (body: RequestEmailValidation) => orThrow.emailRequestToken({ body }, as),
    requestMsisdn: (body: RequestMsisdnValidation) => orThrow.msisdnRequestToken({ body }, as),
    submitEmail: (body: Submission) => orThrow.emailSubmitTokenPost({ body }, as),
    submitMsisdn: (body: Submission) => orThrow.msisdnSubmitTokenPost({ body }, as),
    validated: ({ sid, client_secret }: Session) => orThrow.getValidated3pid({ query: { sid, client_secret } }),
    bind: (body: BindRequest) => orThrow.bind({ body }, as),
    // No form can hold its threepid.
    unbind: (body: UnbindRequest) => orThrow.unbind({ body }),
    storeInvite: (body: StoreInviteRequest) => orThrow.storeInvite({ body }, as),
  };
};

export type Spoken = Awaited<ReturnType<typeof speak>>;
