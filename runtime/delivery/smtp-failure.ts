import { DeliveryError } from "../ports/delivery-error.js";

/** Codes by which nodemailer says that the server answered, and refused. */
const refusals: ReadonlySet<string> = new Set(["EENVELOPE", "EMESSAGE", "EAUTH", "ETLS"]);

/** What codes mean, of nodemailer's and of what it stands on: the first that fits. */
const meanings: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^ECONNREFUSED$/, "nothing listens there"],
  [/^(?:ENOTFOUND|EAI_|EDNS)/, "its name cannot be resolved"],
  [/^(?:EHOSTUNREACH|ENETUNREACH)$/, "there is no way to it"],
  [/^ETIMEDOUT$/, "it does not answer"],
  [/^(?:ECONNRESET|ECONNECTION|EPIPE)$/, "it hung up"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is for another host"],
  [/^CERT_HAS_EXPIRED$/, "its certificate has expired"],
  [/CERT|ISSUER|SIGNATURE/, "its certificate is not one that is trusted here"],
  [/^(?:ERR_SSL_|ERR_TLS_|EPROTO)/, "the TLS handshake failed"],
  [/^ETLS$/, "it does not offer STARTTLS"],
  [/^EAUTH$/, "it does not accept the user and password"],
];

const textOf = (error: unknown, field: "code" | "originalCode" | "response"): string | undefined => {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, field) : undefined;
  return typeof value === "string" ? value : undefined;
};

/**
 * The server has said for good that there is no such mailbox (RFC 3463: a bad, unknown or moved address, or a disabled
 * one). What it says of us, that it relays nothing from here for example, may be mended.
 */
const isBadAddress = (response: string): boolean => /^5\d\d[ -]5\.(?:1\.[1236]|2\.1)\b/.test(response);

/** The numbers an answer begins with, which name nobody. */
const statusIn = (response: string): string | undefined =>
  /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3}\b)?/.exec(response)?.[0].replace("-", " ");

/**
 * Why a mail did not leave, in one line that says which server (`host:port`) and how it failed. The cause stays out:
 * servers quote the recipient's address in what they answer.
 */
export const smtpFailure = (server: string, error: unknown): DeliveryError => {
  if (error instanceof DeliveryError) return error;
  const kind = textOf(error, "code") ?? "unknown error";
  const code = textOf(error, "originalCode") ?? kind;
  const response = textOf(error, "response") ?? "";
  const meaning = meanings.find(([shape]) => shape.test(code))?.[1];
  const details = [code, statusIn(response)].filter((it) => it !== undefined).join(", ");
  const why = meaning === undefined ? `(${details})` : `(${details}): ${meaning}`;
  if (isBadAddress(response)) {
    return new DeliveryError("destination-rejected", `the mail server ${server} knows no such mailbox (${details})`);
  }
  return refusals.has(kind)
    ? new DeliveryError("refused", `the mail server ${server} did not take the mail ${why}`)
    : new DeliveryError("unreachable", `the mail server ${server} could not be used ${why}`);
};
