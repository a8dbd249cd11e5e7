/** Interactive authentication step by step, and successes that take another way than the rows. */

import { expect, test } from "vitest";
import { codeIn } from "../support/sms-gateway.js";
import * as journey from "./journeys.js";
import { identityName } from "./names.js";
import { requestFor } from "./request-token-errors.js";
import type { World } from "./world.js";

export const describeHomeserverWays = (world: () => World): void => {
  test("registration asks for a stage, then takes it", async () => {
    const { homeserver } = world();
    const request = { username: world().fresh("user") };
    const asked = await homeserver.call("register", { json: request });
    expect(asked).toMatchObject({ status: 401, errcode: undefined });
    const { session, flows } = asked.body;
    expect(flows).toContainEqual({ stages: ["m.login.dummy"] });
    const body = await homeserver.succeed("register", {
      json: { ...request, auth: { type: "m.login.dummy", session } },
    });
    expect(body).toMatchObject({ user_id: `@${request.username}:example.org` });
    const again = await homeserver.call("register", { json: { ...request, auth: { session } } });
    expect(again).toMatchObject({ status: 400, errcode: "M_USER_IN_USE" });
  });

  test("a password is changed and an account closed by the password alone", async () => {
    const { homeserver } = world();
    const { userId, token } = await journey.registered(world(), { password: journey.password });
    const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: userId } };
    const changed = { new_password: "another password", auth: { ...auth, password: journey.password } };
    await homeserver.succeed("changePassword", { token, json: changed });
    const wrong = await homeserver.call("deactivateAccount", {
      json: { auth: { ...auth, password: journey.password } },
    });
    expect(wrong).toMatchObject({ status: 401, errcode: "M_FORBIDDEN" });
    const closed = await homeserver.succeed("deactivateAccount", {
      json: { auth: { ...auth, password: "another password" } },
    });
    expect(closed).toEqual({ id_server_unbind_result: "success" });
  });

  test("the identity server is asked, binds and unbinds", async () => {
    const { homeserver, proxying, identity, mail } = world();
    const email = journey.freshEmail(world());
    const given = requestFor(world(), "requestTokenToRegisterEmail", { email, id_server: `https://${identityName}/` });
    const { client_secret } = given.json as { readonly client_secret: string }; // made by requestFor
    const { sid } = await proxying.succeed("requestTokenToRegisterEmail", given);
    const token = /token=(\w+)/.exec((await mail.newest(email)).message.text ?? "")?.[1] ?? "";
    await identity.succeed("emailSubmitTokenPost", { json: { sid, client_secret, token } });
    const { userId, token: access } = await journey.registered(world());
    const three_pid_creds = { sid, client_secret, id_server: identityName };
    await homeserver.succeed("post3PIDs", { token: access, json: { three_pid_creds, bind: true } });
    const query = { medium: "email", address: email };
    expect(await identity.succeed("lookupUser", { query })).toMatchObject({ mxid: userId });
    const removed = await homeserver.succeed("delete3pidFromAccount", { token: access, json: query });
    expect(removed).toEqual({ id_server_unbind_result: "success" });
    expect(await identity.succeed("lookupUser", { query })).toEqual({});
  });

  test("a phone number is validated through the identity server, too", async () => {
    const given = requestFor(world(), "requestTokenToRegisterMSISDN", { id_server: identityName });
    const body = await world().proxying.succeed("requestTokenToRegisterMSISDN", given);
    expect(body["msisdn"]).toMatch(/^447400\d{6}$/);
    const { client_secret } = given.json as { readonly client_secret: string }; // made by requestFor
    const json = { sid: body["sid"], client_secret, token: codeIn(world().sms.received.at(-1)) };
    expect(await world().proxying.succeed("submitUrlMsisdnPost", { json })).toEqual({ success: true });
  });

  test("what is concealed: an address in use and an unknown one are answered like any other", async () => {
    const { concealing, mail } = world();
    const { address } = await journey.accountWithEmail(world());
    const before = mail.count(address);
    const used = await concealing.succeed(
      "requestTokenToRegisterEmail",
      requestFor(world(), "requestTokenToRegisterEmail", { email: address }),
    );
    const unknown = await concealing.succeed(
      "requestTokenToResetPasswordEmail",
      requestFor(world(), "requestTokenToResetPasswordEmail"),
    );
    const free = await concealing.succeed(
      "requestTokenToRegisterEmail",
      requestFor(world(), "requestTokenToRegisterEmail"),
    );
    for (const body of [used, unknown, free]) {
      expect(body).toEqual({
        sid: expect.stringMatching(/^[0-9A-Za-z]{24}$/),
        submit_url: "https://matrix.example.org/_threepid/client/r0/validate/email/submitToken",
      });
    }
    expect(mail.count(address)).toBe(before + 1);
    expect((await mail.newest(address)).message.text).not.toMatch(/token=|(?<!\d)\d{6}(?!\d)/);
  });
};
