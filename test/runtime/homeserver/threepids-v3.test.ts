import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { address, alice, homeserverOfAlice } from "./alice.js";
import { baseUrl, type Changes, type Homeserver } from "./homeserver.js";

let server: Homeserver;
let accessToken: string;
const open = async (changes: Changes = {}): Promise<void> => {
  server?.close();
  ({ server, accessToken } = await homeserverOfAlice(changes));
};
beforeEach(() => open());
afterEach(() => server.close());

describe("requesting tokens", () => {
  const email = { email: "no address", client_secret: "secret", send_attempt: 1 };
  const phone = { country: "GB", phone_number: "12", client_secret: "secret", send_attempt: 1 };

  it("has one code for what is no address", async () => {
    const answers = [
      await server.v3.requestTokenToRegisterEmail({ body: email }),
      await server.v3.requestTokenToResetPasswordEmail({ body: email }),
      await server.v3.requestTokenTo3PIDEmail({ body: email }),
      await server.v3.requestTokenToRegisterMSISDN({ body: phone }),
      await server.v3.requestTokenToResetPasswordMSISDN({ body: phone }),
      await server.v3.requestTokenTo3PIDMSISDN({ body: phone }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    }
  });

  it("counts by user where it is told who asks", async () => {
    const body = { email: address, client_secret: "secret", send_attempt: 1 };
    await server.v3.orThrow.requestTokenTo3PIDEmail({ body }, { accessToken });
    expect(server.limiter.counted).toContain(`send.mxid ${alice}`);
  });
});

describe("what can be done here", () => {
  it.each([
    { changes: true, enabled: true },
    { changes: false, enabled: false },
  ])("is said truly: changes $changes", async ({ changes, enabled }) => {
    await open({ threepids: { changes } });
    expect(await server.v3.getCapabilities({}, { accessToken })).toEqual(
      expect.objectContaining({
        status: 200,
        body: {
          capabilities: {
            "m.change_password": { enabled: true },
            "m.3pid_changes": { enabled },
            "m.set_displayname": { enabled: false },
            "m.set_avatar_url": { enabled: false },
            "m.profile_fields": { enabled: false },
            "m.get_login_token": { enabled: false },
          },
        },
      }),
    );
  });

  it("is nothing of that for guests", async () => {
    const { access_token = "" } = await server.client.orThrow.register({ query: { kind: "guest" }, body: {} });
    const { capabilities } = await server.v3.orThrow.getCapabilities({}, { accessToken: access_token });
    expect([capabilities["m.change_password"], capabilities["m.3pid_changes"]]).toEqual([
      { enabled: false },
      { enabled: false },
    ]);
  });

  it.each(["r0", "unstable", "v3"])("is served under %s since clients look for it there", async (version) => {
    for (const operation of ["add", "bind", "unbind"]) {
      const url = `${baseUrl}/_matrix/client/${version}/account/3pid/${operation}`;
      const answer = await server.fetchV3(url, { method: "POST", body: "{}" });
      expect([answer.status, await answer.json()]).toMatchObject([401, { errcode: "M_MISSING_TOKEN" }]);
    }
  });

  it("is versions, in whichever era", async () => {
    const [old, current] = [await server.client.orThrow.getVersions(), await server.v3.orThrow.getVersions()];
    expect(old).toEqual(current);
    expect(current.versions).toEqual([
      "r0.5.0",
      "r0.6.1",
      ...Array.from({ length: 19 }, (_, index) => `v1.${index + 1}`),
    ]);
    expect(current.unstable_features).toEqual({
      "m.require_identity_server": false,
      "m.id_access_token": true,
      "m.separate_add_and_bind": true,
    });
  });
});
