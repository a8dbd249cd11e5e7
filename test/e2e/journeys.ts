/** The steps that journeys share, as a client and the person in front of it take them. */
import { expect } from "vitest";
import type { RequestTokenResponse } from "../../generated/client-server/index.js";
import { linkIn } from "../support/mail-sink.js";
import { codeIn } from "../support/sms-gateway.js";
import type { Servers } from "./servers.js";

export const password = "correct horse battery";

/** A mail address, or a phone number as it is dialled in its country. */
export type Owned =
  | { readonly medium: "email"; readonly address: string }
  | {
      readonly medium: "msisdn";
      readonly address: string;
      readonly country: string;
      readonly phone_number: string;
    };

export const email = (address: string): Owned => ({ medium: "email", address });

/** A British mobile number, told apart by its last two digits. */
export const phone = (ending: string): Owned => ({
  medium: "msisdn",
  address: `4474001234${ending}`,
  country: "GB",
  phone_number: `074001234${ending}`,
});

export const threepidOf = ({ medium, address }: Owned) => ({ medium, address });

/** A session that was asked for, as a client names it from then on. */
export interface Session {
  readonly sid: string;
  readonly client_secret: string;
}

let secrets = 0;
export const newSecret = (): string => {
  secrets += 1;
  return `secret_${secrets}`;
};

/** Opens the newest mail's link as a browser does, and stays where it leads. */
export const openLink = async ({ mail }: Pick<Servers, "mail">, address: string): Promise<Response> =>
  fetch(linkIn(await mail.newest(address)), { redirect: "manual" });

/** The code of the newest mail. */
export const mailedCode = async ({ mail }: Pick<Servers, "mail">, address: string): Promise<string> =>
  codeIn((await mail.newest(address)).message.text);

/** The code of the newest text message to a number. */
export const textedCode = ({ texts }: Pick<Servers, "texts">, number: string): string => {
  const messages = texts.received.map((body): unknown => JSON.parse(body));
  const newest = messages.findLast(
    (message) => typeof message === "object" && message !== null && "to" in message && message.to === `+${number}`,
  );
  return codeIn(typeof newest === "object" && newest !== null && "text" in newest ? String(newest.text) : undefined);
};

/** Sends a code to exactly the address that the server named, as any client does, without credentials. */
export const submitTo = async (url: string, session: Session, token: string) => {
  const { sid, client_secret } = session;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sid, client_secret, token }),
  });
  return { status: answer.status, body: (await answer.json()) as unknown };
};

/** The interactive session that a 401 offers. */
export const offered = ({ status, body }: { readonly status: number; readonly body: unknown }): string => {
  if (status !== 401 || typeof body !== "object" || body === null || !("session" in body)) {
    throw new Error(`no session was offered: ${status} ${JSON.stringify(body)}`);
  }
  return String(body.session);
};

/** Registers without an address. */
export const register = async ({ homeserver }: Servers, username: string) => {
  const account = { username, password };
  const session = offered(await homeserver.register({ body: account }));
  const auth = { type: "m.login.dummy", session };
  const { user_id: mxid, access_token: accessToken = "" } = await homeserver.orThrow.register({
    body: { ...account, auth },
  });
  return { mxid, accessToken };
};

const emailOperations = {
  register: "requestTokenToRegisterEmail",
  password: "requestTokenToResetPasswordEmail",
  add: "requestTokenTo3PIDEmail",
} as const;

const msisdnOperations = {
  register: "requestTokenToRegisterMSISDN",
  password: "requestTokenToResetPasswordMSISDN",
  add: "requestTokenTo3PIDMSISDN",
} as const;

export type Purpose = keyof typeof emailOperations;
/** Who validates: the homeserver by itself, or the identity server that it asks. */
export type Way = "self" | "proxy";

/** Asks the homeserver to have an address validated; what it answers, beside the client's own words for the session. */
export const requestToken = async (
  { homeserver, idServer }: Servers,
  purpose: Purpose,
  owned: Owned,
  way: Way,
): Promise<RequestTokenResponse & Session & { readonly id_server?: string }> => {
  const named = { client_secret: newSecret(), ...(way === "proxy" ? { id_server: idServer } : {}) };
  const request = { ...named, send_attempt: 1 };
  if (owned.medium === "email") {
    const body = { ...request, email: owned.address };
    return { ...(await homeserver.orThrow[emailOperations[purpose]]({ body })), ...named };
  }
  const body = { ...request, country: owned.country, phone_number: owned.phone_number };
  return { ...(await homeserver.orThrow[msisdnOperations[purpose]]({ body })), ...named };
};

/** What the person does with the message: opens its link, or types its code, which the client submits where it was told to. */
const answerMessage = async (servers: Servers, owned: Owned, session: RequestTokenResponse & Session) => {
  if (owned.medium === "email") {
    expect((await openLink(servers, owned.address)).status).toBe(200);
    return;
  }
  const { submit_url = "" } = session;
  const submitted = await submitTo(submit_url, session, textedCode(servers, owned.address));
  expect(submitted).toEqual({ status: 200, body: { success: true } });
};

/** Has the homeserver see to it that an address is proved; the credentials for whatever it was proved for. */
export const prove = async (servers: Servers, purpose: Purpose, owned: Owned, way: Way) => {
  const session = await requestToken(servers, purpose, owned, way);
  await answerMessage(servers, owned, session);
  const { sid, client_secret, id_server } = session;
  return { sid, client_secret, ...(id_server === undefined ? {} : { id_server }) };
};

/** Puts an address on an account. */
export const add = async (servers: Servers, accessToken: string, owned: Owned, way: Way, bind = false) => {
  const three_pid_creds = await prove(servers, "add", owned, way);
  await servers.homeserver.orThrow.post3PIDs({ body: { three_pid_creds, bind } }, { accessToken });
};

/** The user whom everybody finds under an address. */
export const lookUp = async ({ identity }: Pick<Servers, "identity">, owned: Owned): Promise<string | undefined> => {
  const found = await identity.orThrow.lookupUser({ query: threepidOf(owned) });
  return "mxid" in found ? String(found.mxid) : undefined;
};

/** The threepids of an account, as it lists them itself. */
export const listed = async ({ homeserver }: Servers, accessToken: string) => {
  const { threepids } = await homeserver.orThrow.getAccount3PIDs({}, { accessToken });
  return threepids.map(({ medium, address }) => ({ medium, address }));
};
