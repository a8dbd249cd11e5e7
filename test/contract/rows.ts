/** For every operation the state in which one valid request gets its success status, and that request. */

import type { OperationId as IdentityOperation } from "../../generated/identity/index.js";
import { lookupHash } from "../../runtime/protocol/lookup-hash.js";
import { encodeBase64 } from "../../runtime/protocol/unpadded-base64.js";
import type { Given } from "./contract.js";
import type { R0Operation } from "./eras.js";
import * as invites from "./invite-journeys.js";
import * as journey from "./journeys.js";
import type { World } from "./world.js";

export interface Row {
  readonly success: number;
  /** Makes the state and answers the request. Its JSON body, if it has one, holds every field that may be given. */
  prepare(world: World): Given | Promise<Given>;
}

export const nothing: Row = { success: 200, prepare: () => ({}) };

export const row = (prepare: Row["prepare"]): Row => ({ success: 200, prepare });

const { alice } = journey;
const seed = encodeBase64(new Uint8Array(32).fill(3));

const requestEmail = (world: World) => ({
  client_secret: world.fresh("secret"),
  email: journey.freshEmail(world),
  send_attempt: 1,
  next_link: "https://app.example.org/#/continue",
});

const requestPhone = (world: World) => {
  const { country, phone_number } = world.freshPhone();
  return { client_secret: world.fresh("secret"), country, phone_number, send_attempt: 1, next_link: "https://a.test/" };
};

/** Both versions take the same request; only one of them wants a token. */
const versions = (prepare: (world: World) => Promise<Given>): { readonly v1: Row; readonly v2: Row } => ({
  v1: row(prepare),
  v2: row(async (world) => ({ ...(await prepare(world)), token: await world.issueToken(alice) })),
});

const bind = versions(async (world) => ({
  json: { ...journey.sessionOf(await journey.validatedEmail(world)), mxid: alice },
}));
const getValidated3pid = versions(async (world) => ({
  query: { ...journey.sessionOf(await journey.validatedPhone(world)) },
}));
const unbind = versions(async (world) => {
  const { address, ...session } = await journey.boundEmail(world);
  return { json: { ...journey.sessionOf(session), mxid: alice, threepid: { medium: "email", address } } };
});
const isEphemeralPubKeyValid = row(async (world) => ({
  query: { public_key: (await journey.storedInvite(world)).ephemeralKey },
}));
const isPubKeyValid = row(async (world) => {
  const { public_key } = await world.identity.succeed("getPubKey", { params: { keyId: "ed25519:0" } });
  return { query: { public_key: String(public_key) } };
});
const getPubKey = row(() => ({ params: { keyId: "ed25519:0" } }));
const sign = versions(async (world) => ({
  json: { mxid: alice, token: (await journey.storedInvite(world)).token, private_key: seed },
}));
const storeInvite = versions(async (world) => ({
  json: {
    ...journey.inviteFor(journey.freshEmail(world), alice),
    room_alias: "#room:example.org",
    room_avatar_url: "mxc://example.org/a",
    room_join_rules: "invite",
    room_name: "A room",
    room_type: "m.space",
    sender_display_name: "Alice",
    sender_avatar_url: "mxc://example.org/b",
  },
}));
const emailRequestToken = versions(async (world) => ({ json: requestEmail(world) }));
const msisdnRequestToken = versions(async (world) => ({ json: requestPhone(world) }));
const emailSubmitGet = row(async (world) => ({ query: journey.submissionOf(await journey.emailSession(world)) }));
const msisdnSubmitGet = row(async (world) => ({ query: journey.submissionOf(await journey.phoneSession(world)) }));
const emailSubmitPost = versions(async (world) => ({ json: journey.submissionOf(await journey.emailSession(world)) }));
const msisdnSubmitPost = versions(async (world) => ({ json: journey.submissionOf(await journey.phoneSession(world)) }));

const asCaller = (json?: (world: World) => object | Promise<object>): Row =>
  row(async (world) => ({
    token: await world.issueToken(alice),
    ...(json === undefined ? {} : { json: await json(world) }),
  }));

export const identityRows: Readonly<Record<IdentityOperation, Row>> = {
  getVersions: nothing,
  registerAccount: row(() => ({ json: journey.openIdTokenOf(alice) })),
  getAccount: asCaller(),
  logout: asCaller(),
  getTerms: nothing,
  agreeToTerms: asCaller(() => ({ user_accepts: [] })),
  getHashDetails: asCaller(),
  lookupUsersV2: asCaller(async (world) => {
    const { address } = await journey.boundEmail(world);
    const pepper = await journey.pepperOf(world);
    return { algorithm: "sha256", pepper, addresses: [lookupHash({ medium: "email", address }, pepper)] };
  }),
  ping: nothing,
  pingV2: nothing,
  bind: bind.v1,
  bindV2: bind.v2,
  getValidated3pid: getValidated3pid.v1,
  getValidated3pidV2: getValidated3pid.v2,
  unbind: unbind.v1,
  unbindV2: unbind.v2,
  lookupUser: row(async (world) => {
    const { address } = await journey.boundEmail(world);
    return { query: { medium: "email", address } };
  }),
  lookupUsers: row(async (world) => {
    const { address } = await journey.boundEmail(world);
    return { json: { threepids: [["email", address]] } };
  }),
  isEphemeralPubKeyValid,
  isEphemeralPubKeyValidV2: isEphemeralPubKeyValid,
  isPubKeyValid,
  isPubKeyValidV2: isPubKeyValid,
  getPubKey,
  getPubKeyV2: getPubKey,
  blindlySignStuff: sign.v1,
  blindlySignStuffV2: sign.v2,
  storeInvite: storeInvite.v1,
  storeInviteV2: storeInvite.v2,
  emailRequestToken: emailRequestToken.v1,
  emailRequestTokenV2: emailRequestToken.v2,
  emailSubmitTokenGet: emailSubmitGet,
  emailSubmitTokenGetV2: emailSubmitGet,
  emailSubmitTokenPost: emailSubmitPost.v1,
  emailSubmitTokenPostV2: emailSubmitPost.v2,
  msisdnRequestToken: msisdnRequestToken.v1,
  msisdnRequestTokenV2: msisdnRequestToken.v2,
  msisdnSubmitTokenGet: msisdnSubmitGet,
  msisdnSubmitTokenGetV2: msisdnSubmitGet,
  msisdnSubmitTokenPost: msisdnSubmitPost.v1,
  msisdnSubmitTokenPostV2: msisdnSubmitPost.v2,
};

const asAccount = (json?: (world: World) => object | Promise<object>): Row =>
  row(async (world) => {
    const { token } = await journey.registered(world);
    return { token, ...(json === undefined ? {} : { json: await json(world) }) };
  });

/** What names an identity server is read only where this server does not validate itself. */
const identityServer = { id_server: "id.example.org", id_access_token: "abc" };

const requestEmailFrom = (address: (world: World) => string | Promise<string>): Row =>
  row(async (world) => ({ json: { ...requestEmail(world), email: await address(world), ...identityServer } }));

const requestPhoneToJoin = row((world) => ({ json: { ...requestPhone(world), ...identityServer } }));

/** The page of a stage that a registration has come to. */
const stagePage = async (world: World): Promise<Given> => {
  const { body } = await world.homeserver.call("register", { json: { username: world.fresh("user") } });
  return { params: { authType: "m.login.dummy" }, query: { session: String(body["session"]) } };
};

/** Asked for in the same words in both eras. */
export const requestOpenIdToken = row(async (world) => {
  const { token, userId } = await journey.registered(world);
  return { token, params: { userId }, json: {} };
});

/** The same in both eras. */
export const inviteBy3PID = row(async (world) => {
  const host = await invites.inviter(world);
  const id_access_token = await world.issueToken(host.userId);
  return invites.inviteByAddress(host, journey.freshEmail(world), { id_access_token });
});
/** A login with every field: the older ones for who logs in are not read beside `identifier`. */
export const login = async (world: World): Promise<Given & { readonly json: object }> => {
  const { userId } = await journey.registered(world, { password: journey.password });
  return {
    json: {
      type: "m.login.password",
      identifier: { type: "m.id.user", user: userId },
      user: "another",
      medium: "email",
      address: "another@example.org",
      password: journey.password,
      token: "abc",
      device_id: "DEVICE",
      initial_device_display_name: "A device",
    },
  };
};

export const homeserverRows: Readonly<Record<R0Operation, Row>> = {
  getLoginFlows: nothing,
  login: row(login),
  logout: asAccount(),
  logout_all: asAccount(),
  authenticationFallbackGet: row(stagePage),
  authenticationFallbackPost: row(async (world) => ({ ...(await stagePage(world)), form: { accepted: "yes" } })),
  getVersions: nothing,
  getCapabilities: asAccount(),
  getTokenOwner: asAccount(),
  getWellknown: nothing,
  requestOpenIdToken,
  getAccount3PIDs: row(async (world) => ({ token: (await journey.accountWithEmail(world)).token })),
  post3PIDs: asAccount(async (world) => {
    const session = journey.sessionOf(await journey.ownEmail(world, "To3PID"));
    return { three_pid_creds: { ...session, ...identityServer }, bind: false };
  }),
  delete3pidFromAccount: row(async (world) => {
    const { token, address } = await journey.accountWithEmail(world);
    return { token, json: { medium: "email", address, id_server: "id.example.org" } };
  }),
  inviteBy3PID,
  requestTokenTo3PIDEmail: requestEmailFrom(journey.freshEmail),
  requestTokenToRegisterEmail: requestEmailFrom(journey.freshEmail),
  requestTokenToResetPasswordEmail: requestEmailFrom(async (world) => (await journey.accountWithEmail(world)).address),
  requestTokenTo3PIDMSISDN: requestPhoneToJoin,
  requestTokenToRegisterMSISDN: requestPhoneToJoin,
  requestTokenToResetPasswordMSISDN: row(async (world) => {
    const { country, phone_number } = await journey.accountWithPhone(world);
    return { json: { ...requestPhone(world), country, phone_number, ...identityServer } };
  }),
  register: row(async (world) => ({
    query: { kind: "user" },
    json: {
      username: world.fresh("user"),
      password: journey.password,
      device_id: "DEVICE",
      initial_device_display_name: "A device",
      inhibit_login: false,
      bind_email: false,
      bind_msisdn: false,
      auth: journey.emailAuth(await journey.ownEmail(world, "ToRegister")),
    },
  })),
  checkUsernameAvailability: row((world) => ({ query: { username: world.fresh("user") } })),
  changePassword: row(async (world) => {
    const { token, address } = await journey.accountWithEmail(world);
    const auth = journey.emailAuth(await journey.ownEmail(world, "ToResetPassword", address));
    return { token, json: { new_password: journey.password, auth } };
  }),
  deactivateAccount: row(async (world) => {
    const { token, address } = await journey.accountWithEmail(world);
    const auth = journey.emailAuth(await journey.ownEmail(world, "ToResetPassword", address));
    return { token, json: { auth, id_server: "id.example.org" } };
  }),
  submitUrlEmailGet: row(async (world) => ({
    query: journey.submissionOf(await journey.ownEmailSession(world, "ToRegister")),
  })),
  submitUrlEmailPost: row(async (world) => ({
    json: journey.submissionOf(await journey.ownEmailSession(world, "ToRegister")),
  })),
  submitUrlMsisdnGet: row(async (world) => ({
    query: journey.submissionOf(await journey.ownPhoneSession(world, "ToRegister")),
  })),
  submitUrlMsisdnPost: row(async (world) => ({
    json: journey.submissionOf(await journey.ownPhoneSession(world, "ToRegister")),
  })),
};
