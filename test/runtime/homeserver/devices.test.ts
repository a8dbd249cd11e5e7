import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Homeserver, homeserver, password, registerUser, sessionOf } from "./homeserver.js";

const alice = "@alice:example.org";
const credentials = { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password };

let server: Homeserver;
let options: { readonly accessToken: string };
let own: string;
beforeEach(async () => {
  server = homeserver();
  const { accessToken, deviceId } = await registerUser(server, "alice");
  options = { accessToken };
  own = deviceId;
  for (const device_id of ["DESK", "TABLET"]) {
    const body = { ...credentials, device_id, initial_device_display_name: `The ${device_id.toLowerCase()}` };
    await server.v3.orThrow.login({ body });
  }
});
afterEach(() => server.close());

const ids = async () => (await server.accounts.devices(alice)).map(({ deviceId }) => deviceId).toSorted();

describe("devices", () => {
  it("are listed, and shown one by one", async () => {
    const { devices } = await server.v3.orThrow.getDevices({}, options);
    expect(devices).toHaveLength(3);
    expect(devices).toContainEqual({ device_id: own });
    expect(devices).toContainEqual({ device_id: "DESK", display_name: "The desk" });
    const one = await server.v3.orThrow.getDevice({ params: { deviceId: "TABLET" } }, options);
    expect(one).toEqual({ device_id: "TABLET", display_name: "The tablet" });
  });

  it("are renamed, and keep their names where none is given", async () => {
    const update = (deviceId: string, body: { display_name?: string }) =>
      server.v3.updateDevice({ params: { deviceId }, body }, options);
    expect(await update("DESK", { display_name: "Mine" })).toMatchObject({ status: 200, body: {} });
    expect(await update("DESK", {})).toMatchObject({ status: 200 });
    expect(await server.accounts.devices(alice)).toContainEqual({ deviceId: "DESK", displayName: "Mine" });
  });

  it("keep their names where the new one would not be kept as it is", async () => {
    for (const display_name of ["\ud800", "a\u0007"]) {
      const answer = await server.v3.updateDevice({ params: { deviceId: "DESK" }, body: { display_name } }, options);
      expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    }
    expect(await server.accounts.devices(alice)).toContainEqual({ deviceId: "DESK", displayName: "The desk" });
  });

  it("are not found under other ids, nor on other accounts", async () => {
    const bob = { accessToken: (await registerUser(server, "bob")).accessToken };
    const params = { deviceId: "DESK" };
    const answers = [
      await server.v3.getDevice({ params }, bob),
      await server.v3.updateDevice({ params, body: { display_name: "Not mine" } }, bob),
      await server.v3.updateDevice({ params, body: {} }, bob),
      await server.v3.getDevice({ params: { deviceId: "UNKNOWN" } }, options),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } });
    expect(await server.accounts.devices(alice)).toContainEqual({ deviceId: "DESK", displayName: "The desk" });
  });
});

describe("the number of devices", () => {
  it("is bounded: a login beyond it ends the device that was used least recently", async () => {
    const bounded = homeserver({ maxDevices: 2 });
    const first = await registerUser(bounded, "alice");
    const logIn = () => bounded.v3.orThrow.login({ body: credentials });
    const second = await logIn();
    bounded.clock.advance(60 * 60 * 1000);
    await bounded.v3.orThrow.getTokenOwner({}, first);
    const third = await logIn();
    const asked = async (accessToken: string) => (await bounded.v3.getTokenOwner({}, { accessToken })).status;
    const tokens = [first.accessToken, second.access_token, third.access_token];
    expect(await Promise.all(tokens.map(asked))).toEqual([200, 401, 200]);
    expect(await bounded.accounts.devices(alice)).toHaveLength(2);
    bounded.close();
  });

  it("costs no more than so many characters each", async () => {
    const long = "x".repeat(256);
    const named = { ...credentials, initial_device_display_name: long };
    const refused = { status: 400, body: { errcode: "M_INVALID_PARAM" } };
    expect(await server.v3.login({ body: { ...credentials, device_id: long } })).toMatchObject(refused);
    expect(await server.v3.login({ body: named })).toMatchObject(refused);
    const update = { params: { deviceId: "DESK" }, body: { display_name: long } };
    expect(await server.v3.updateDevice(update, options)).toMatchObject(refused);
    const kept = { ...credentials, device_id: long.slice(1), initial_device_display_name: long.slice(1) };
    expect(await server.v3.login({ body: kept })).toMatchObject({ status: 200 });
  });
});

describe("removing devices", () => {
  const auth = { type: "m.login.password", password };

  it("takes a password, for exactly the devices that were named", async () => {
    const params = { deviceId: "DESK" };
    const session = await sessionOf(server.v3.deleteDevice({ params, body: {} }, options));
    const wrong = { ...auth, session, password: "wrong" };
    expect(await server.v3.deleteDevice({ params, body: { auth: wrong } }, options)).toMatchObject({
      status: 401,
      body: { errcode: "M_FORBIDDEN", session },
    });
    const right = { body: { auth: { ...auth, session } } };
    const other = await server.v3.deleteDevice({ params: { deviceId: "TABLET" }, ...right }, options);
    expect(other).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN" } });
    expect(await ids()).toEqual(["DESK", "TABLET", own].toSorted());
    expect(await server.v3.deleteDevice({ params, ...right }, options)).toMatchObject({ status: 200, body: {} });
    expect(await ids()).toEqual(["TABLET", own].toSorted());
    // Once.
    expect(await server.v3.deleteDevice({ params, ...right }, options)).toMatchObject({ status: 401 });
  });

  it("takes several at once, in whatever order, and those that are not there", async () => {
    const remove = (devices: string[], given: object = {}) =>
      server.v3.deleteDevices({ body: { devices, ...given } }, options);
    const session = await sessionOf(remove(["DESK", "TABLET", "UNKNOWN"]));
    const done = await remove(["UNKNOWN", "TABLET", "DESK"], { auth: { ...auth, session } });
    expect(done).toMatchObject({ status: 200, body: {} });
    expect(await ids()).toEqual([own]);
  });

  it("does not take somebody else's password, nor somebody else's devices", async () => {
    const bob = { accessToken: (await registerUser(server, "bob")).accessToken };
    const identifier = { type: "m.id.user", user: "alice" };
    const params = { deviceId: "DESK" };
    const asBob = await server.v3.deleteDevice({ params, body: { auth: { ...auth, identifier } } }, bob);
    expect(asBob).toMatchObject({ status: 401, body: { errcode: "M_FORBIDDEN" } });
    // Their own password lets them remove their own device of that name, which is none.
    expect(await server.v3.deleteDevice({ params, body: { auth } }, bob)).toMatchObject({ status: 200 });
    expect(await ids()).toContain("DESK");
  });
});
