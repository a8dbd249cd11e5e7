/** The same as the rows of r0 for every operation of v3. */

import type { V3Operation } from "./eras.js";
import * as journey from "./journeys.js";
import { identityName } from "./names.js";
import { homeserverRows, inviteBy3PID, login, nothing, type Row, requestOpenIdToken, row } from "./rows.js";
import type { World } from "./world.js";

const asAccount = (json?: (world: World, account: journey.TestAccount) => object | Promise<object>): Row =>
  row(async (world) => {
    const account = await journey.registered(world);
    return { token: account.token, ...(json === undefined ? {} : { json: await json(world, account) }) };
  });

/** An account, and what proves once more whose it is. */
export const provedAccount = async (world: World) => {
  const { token, address } = await journey.accountWithEmail(world);
  return { token, auth: journey.emailAuth(await journey.ownEmail(world, "ToResetPassword", address)) };
};

/** A session that the identity server validated for a user, with the user's token for it. */
export const sessionElsewhere = async (world: World, userId: string) => ({
  ...journey.sessionOf(await journey.validatedEmail(world)),
  id_server: identityName,
  id_access_token: await world.issueToken(userId),
});

/** An account, and the id of its one device. */
const withDevice = async (world: World) => {
  const { token } = await journey.registered(world, { device_id: "DEVICE" });
  return { token, params: { deviceId: "DEVICE" } };
};

/** What r0 takes, and what only v3 does; r0's own fields are unknown ones here. */
const withJson = (prepare: Row["prepare"], more: object): Row =>
  row(async (world: World) => {
    const given = await prepare(world);
    return { ...given, json: { ...(given.json as object), ...more } }; // rows have objects
  });

const { authenticationFallbackGet, authenticationFallbackPost, checkUsernameAvailability } = homeserverRows;

export const homeserverV3Rows: Readonly<Record<V3Operation, Row>> = {
  authenticationFallbackGet,
  authenticationFallbackPost,
  checkUsernameAvailability,
  register: withJson(homeserverRows.register.prepare, { refresh_token: true }),
  registrationTokenValidity: row(() => ({ query: { token: "spring-2026" } })),
  changePassword: withJson(homeserverRows.changePassword.prepare, { logout_devices: false }),
  deactivateAccount: withJson(homeserverRows.deactivateAccount.prepare, { erase: true }),
  getLoginFlows: nothing,
  login: row(async (world) => ({ json: { ...(await login(world)).json, refresh_token: true } })),
  refresh: row(async (world) => ({ json: { refresh_token: (await journey.refreshable(world)).refresh } })),
  getTokenOwner: asAccount(),
  logout: asAccount(),
  logout_all: asAccount(),
  getDevices: asAccount(),
  getDevice: row(withDevice),
  updateDevice: row(async (world) => ({ ...(await withDevice(world)), json: { display_name: "A device" } })),
  deleteDevice: row(async (world) => {
    const { token, auth } = await provedAccount(world);
    return { token, params: { deviceId: "DEVICE" }, json: { auth } };
  }),
  deleteDevices: row(async (world) => {
    const { token, auth } = await provedAccount(world);
    return { token, json: { devices: ["DEVICE", "ANOTHER"], auth } };
  }),
  getVersions: nothing,
  getWellknown: nothing,
  getWellknownSupport: nothing,
  inviteBy3PID,
  requestOpenIdToken,
  getCapabilities: asAccount(),
  getAccount3PIDs: homeserverRows.getAccount3PIDs,
  post3PIDs: asAccount(async (world) => {
    const session = journey.sessionOf(await journey.ownEmail(world, "To3PID"));
    return { three_pid_creds: { ...session, id_server: identityName, id_access_token: "abc" } };
  }),
  add3PID: row(async (world) => {
    const { token, auth } = await provedAccount(world);
    return { token, json: { ...journey.sessionOf(await journey.ownEmail(world, "To3PID")), auth } };
  }),
  bind3PID: asAccount((world, { userId }) => sessionElsewhere(world, userId)),
  unbind3pidFromAccount: asAccount(async (world, { userId }) => {
    const { address } = await journey.boundEmail(world, userId);
    return { medium: "email", address, id_server: identityName };
  }),
  delete3pidFromAccount: homeserverRows.delete3pidFromAccount,
  requestTokenTo3PIDEmail: homeserverRows.requestTokenTo3PIDEmail,
  requestTokenToRegisterEmail: homeserverRows.requestTokenToRegisterEmail,
  requestTokenToResetPasswordEmail: homeserverRows.requestTokenToResetPasswordEmail,
  requestTokenTo3PIDMSISDN: homeserverRows.requestTokenTo3PIDMSISDN,
  requestTokenToRegisterMSISDN: homeserverRows.requestTokenToRegisterMSISDN,
  requestTokenToResetPasswordMSISDN: homeserverRows.requestTokenToResetPasswordMSISDN,
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
