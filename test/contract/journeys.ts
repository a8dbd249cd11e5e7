/** Ways to the states that requests need, through the servers' own endpoints. */

import { vi } from "vitest";
import { linkIn, type MailSink } from "../support/mail-sink.js";
import { codeIn } from "../support/sms-gateway.js";
import type { World } from "./world.js";

/** What a client names a validation session by. */
export interface Session {
  readonly sid: string;
  readonly client_secret: string;
}

/** A session whose token is known and not submitted yet. */
export interface OpenSession extends Session {
  readonly token: string;
  readonly address: string;
}

export const alice = "@alice:example.org";

const text = (body: Readonly<Record<string, unknown>>, field: string): string => {
  const value = body[field];
  if (typeof value !== "string") throw new Error(`no ${field} in ${JSON.stringify(body)}`);
  return value;
};

export const freshEmail = (world: World): string => `${world.fresh("user")}@example.org`;

const tokenMailedTo = async (mail: MailSink, address: string): Promise<string> => {
  const token = linkIn(await mail.newest(address)).searchParams.get("token");
  if (token === null) throw new Error("the mailed link has no token");
  return token;
};

/** A session of the identity server for an email address. */
export const emailSession = async (
  world: World,
  address = freshEmail(world),
  nextLink?: string,
): Promise<OpenSession> => {
  const client_secret = world.fresh("secret");
  const json = { client_secret, email: address, send_attempt: 1, ...(nextLink ? { next_link: nextLink } : {}) };
  const sid = text(await world.identity.succeed("emailRequestToken", { json }), "sid");
  return { sid, client_secret, token: await tokenMailedTo(world.mail, address), address };
};

/** A session of the identity server for a phone number. */
export const phoneSession = async (world: World): Promise<OpenSession> => {
  const { msisdn, ...number } = world.freshPhone();
  const client_secret = world.fresh("secret");
  const json = { client_secret, ...number, send_attempt: 1 };
  const sid = text(await world.identity.succeed("msisdnRequestToken", { json }), "sid");
  return { sid, client_secret, token: codeIn(world.sms.received.at(-1)), address: msisdn };
};

export const sessionOf = ({ sid, client_secret }: Session): Session => ({ sid, client_secret });

export const submissionOf = ({ sid, client_secret, token }: OpenSession) => ({ sid, client_secret, token });

export const validatedEmail = async (world: World, address?: string): Promise<OpenSession> => {
  const session = await emailSession(world, address);
  await world.identity.succeed("emailSubmitTokenPost", { json: submissionOf(session) });
  return session;
};

export const validatedPhone = async (world: World): Promise<OpenSession> => {
  const session = await phoneSession(world);
  await world.identity.succeed("msisdnSubmitTokenPost", { json: submissionOf(session) });
  return session;
};

/** A session whose address is bound to a user. */
export const boundEmail = async (world: World, mxid = alice, address?: string): Promise<OpenSession> => {
  const session = await validatedEmail(world, address);
  await world.identity.succeed("bind", { json: { ...sessionOf(session), mxid } });
  return session;
};

/** What the user's homeserver answered to a request for an OpenID token, in the test homeservers' spelling. */
export const openIdTokenOf = (mxid: string, matrix_server_name = mxid.slice(mxid.indexOf(":") + 1)) => ({
  access_token: `of ${mxid}`,
  token_type: "Bearer",
  matrix_server_name,
  expires_in: 3600,
});

/** The pepper that lookups hash with. */
export const pepperOf = async (world: World): Promise<string> =>
  text(await world.identity.succeed("getHashDetails", { token: await world.issueToken(alice) }), "lookup_pepper");

export const inviteFor = (address: string, sender = "@inviter:example.org") => ({
  medium: "email",
  address,
  room_id: "!room:example.org",
  sender,
});

/** What store-invite answers; its mail has arrived, so that the next one to the address is another. */
export const storedInvite = async (world: World, address = freshEmail(world)) => {
  const before = world.mail.count(address);
  const body = await world.identity.succeed("storeInvite", { json: inviteFor(address) });
  await vi.waitUntil(() => world.mail.count(address) > before, { timeout: 5_000 });
  const [, ephemeral] = body["public_keys"] as { readonly public_key: string }[]; // judged by the document
  return { token: text(body, "token"), ephemeralKey: ephemeral?.public_key ?? "", address };
};

/** An account of the homeserver. Without a password none has to be hashed. */
export interface TestAccount {
  readonly userId: string;
  readonly token: string;
}

export const password = "correct horse battery";

export const registered = async (world: World, given: object = {}): Promise<TestAccount> => {
  const json = { username: world.fresh("user"), auth: { type: "m.login.dummy" }, ...given };
  const body = await world.homeserver.succeed("register", { json });
  return { userId: text(body, "user_id"), token: text(body, "access_token") };
};

/** A client that refreshes its tokens. */
export const refreshable = async (world: World) => {
  const { userId } = await registered(world, { password });
  const identifier = { type: "m.id.user", user: userId };
  const json = { type: "m.login.password", identifier, password, refresh_token: true };
  const body = await world.v3.main.succeed("login", { json });
  return { userId, access: text(body, "access_token"), refresh: text(body, "refresh_token") };
};

export const guest = async (world: World): Promise<TestAccount> => {
  const body = await world.homeserver.succeed("register", { query: { kind: "guest" }, json: {} });
  return { userId: text(body, "user_id"), token: text(body, "access_token") };
};

export type Purpose = "ToRegister" | "ToResetPassword" | "To3PID";

/** A session of the homeserver's own for an email address, validated. */
export const ownEmail = async (world: World, purpose: Purpose, address = freshEmail(world)): Promise<OpenSession> => {
  const session = await ownEmailSession(world, purpose, address);
  await world.homeserver.succeed("submitUrlEmailPost", { json: submissionOf(session) });
  return session;
};

export const ownEmailSession = async (
  world: World,
  purpose: Purpose,
  address = freshEmail(world),
  nextLink?: string,
): Promise<OpenSession> => {
  const client_secret = world.fresh("secret");
  const json = { client_secret, email: address, send_attempt: 1, ...(nextLink ? { next_link: nextLink } : {}) };
  const sid = text(await world.homeserver.succeed(`requestToken${purpose}Email`, { json }), "sid");
  return { sid, client_secret, token: await tokenMailedTo(world.mail, address), address };
};

export const ownPhoneSession = async (
  world: World,
  purpose: Purpose,
  number = world.freshPhone(),
): Promise<OpenSession> => {
  const { msisdn, country, phone_number } = number;
  const client_secret = world.fresh("secret");
  const json = { client_secret, country, phone_number, send_attempt: 1 };
  const sid = text(await world.homeserver.succeed(`requestToken${purpose}MSISDN`, { json }), "sid");
  return { sid, client_secret, token: codeIn(world.sms.received.at(-1)), address: msisdn };
};

/** An account with a validated threepid on it. */
export const accountWithEmail = async (
  world: World,
  address = freshEmail(world),
): Promise<TestAccount & { readonly address: string }> => {
  const account = await registered(world);
  const three_pid_creds = sessionOf(await ownEmail(world, "To3PID", address));
  await world.homeserver.succeed("post3PIDs", { token: account.token, json: { three_pid_creds } });
  return { ...account, address };
};

export const accountWithPhone = async (world: World) => {
  const account = await registered(world);
  const number = world.freshPhone();
  const session = await ownPhoneSession(world, "To3PID", number);
  await world.homeserver.succeed("submitUrlMsisdnPost", { json: submissionOf(session) });
  const three_pid_creds = sessionOf(session);
  await world.homeserver.succeed("post3PIDs", { token: account.token, json: { three_pid_creds } });
  return { ...account, ...number };
};

/** Interactive authentication by a validated email session. */
export const emailAuth = (session: Session, interactiveSession?: string) => ({
  type: "m.login.email.identity",
  ...(interactiveSession === undefined ? {} : { session: interactiveSession }),
  threepid_creds: sessionOf(session),
});
