/** The `auth` of user-interactive authentication, in both directions. Every era's documents take the others' spelling, too. */

import { invalidParam, missingParam } from "../protocol/errors.js";
import type { AccountIdentifier } from "./domain/account-identifier.js";
import type { Challenge } from "./domain/interactive-auth.js";
import type { AuthAttempt } from "./domain/stages.js";
import type { ThreepidCredentials } from "./domain/threepid-proof.js";
import { type ThreepidCreds, threepidCredentials } from "./threepid-creds.js";

/** Longer ones are no password, number or name of anybody. */
const maxTextLength = 1024;

type Fields = Readonly<Record<string, unknown>>;

const optionalText = (
  fields: Fields,
  name: string,
  path = `auth.${name}`,
  maxLength = maxTextLength,
): string | undefined => {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw invalidParam(path, "must be a string");
  if (value.length > maxLength) throw invalidParam(path, "is too long");
  return value;
};

const text = (fields: Fields, name: string, path: string): string => {
  const value = optionalText(fields, name, path);
  if (value === undefined) throw missingParam(path);
  return value;
};

const identifierOf = (value: unknown, path: string): AccountIdentifier => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidParam(path, "must be an object");
  }
  const fields: Fields = { ...value };
  const member = (name: string): string => text(fields, name, `${path}.${name}`);
  switch (member("type")) {
    case "m.id.user":
      return { kind: "user", user: member("user") };
    case "m.id.thirdparty":
      return { kind: "threepid", medium: member("medium"), address: member("address") };
    case "m.id.phone":
      return {
        kind: "phone",
        country: member("country"),
        number: member(fields["phone"] === undefined ? "number" : "phone"),
      };
    default:
      throw invalidParam(`${path}.type`, "is not known here");
  }
};

/**
 * `identifier`, or the fields that stood in its place before there was one.
 * @param path where the fields stand in the body, with a dot at the end
 */
export const accountIdentifier = (fields: Fields, path: string): AccountIdentifier | undefined => {
  if (fields["identifier"] !== undefined) return identifierOf(fields["identifier"], `${path}identifier`);
  const user = optionalText(fields, "user", `${path}user`);
  if (user !== undefined) return { kind: "user", user };
  const medium = optionalText(fields, "medium", `${path}medium`);
  return medium === undefined
    ? undefined
    : { kind: "threepid", medium, address: text(fields, "address", `${path}address`) };
};

const credentialsOf = (
  creds: ThreepidCreds | readonly ThreepidCreds[] | undefined,
): ThreepidCredentials | undefined => {
  const [single] = [creds].flat();
  return single && threepidCredentials(single);
};

/** What a captcha's widget answers is longer than what people type. */
const maxResponseLength = 8192;

/** What the documents of every era type of it; what else a stage needs stands beside. */
interface AuthData extends Fields {
  readonly type?: string | undefined;
  readonly session?: string | undefined;
  /** v3's name, an object in its documents. */
  readonly threepid_creds?: ThreepidCreds | readonly ThreepidCreds[] | undefined;
  /** r0's name, a list of one in its documents. */
  readonly threepidCreds?: ThreepidCreds | readonly ThreepidCreds[] | undefined;
}

/** An empty `auth`, as some clients send to learn the flows, attempts nothing. */
export const authAttempt = (auth: AuthData | undefined): AuthAttempt | undefined => {
  if (auth === undefined || (auth.type === undefined && auth.session === undefined)) return undefined;
  return {
    type: auth.type,
    session: auth.session,
    identifier: accountIdentifier(auth, "auth."),
    password: optionalText(auth, "password"),
    threepidCreds: credentialsOf(auth.threepid_creds ?? auth.threepidCreds),
    token: optionalText(auth, "token"),
    response: optionalText(auth, "response", "auth.response", maxResponseLength),
  };
};

/** The 401 that tells what is left to do, and why the last attempt did not do it. */
export const authResponse = ({ session, flows, completed, params, failure }: Challenge) => {
  const { captchaKey, policies } = params;
  const body = {
    session,
    flows: flows.map((stages) => ({ stages: [...stages] })),
    params: {
      ...(captchaKey === undefined ? {} : { "m.login.recaptcha": { public_key: captchaKey } }),
      ...(policies === undefined ? {} : { "m.login.terms": { policies } }),
    },
    completed: [...completed],
    ...failure,
  };
  return { status: 401, body } as const;
};
