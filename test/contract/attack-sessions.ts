/** Attacks on who somebody is: guessed sessions and codes, an earlier owner's invites, no token at all. */

import { describe, expect, test, vi } from "vitest";
import {
  type OperationId as IdentityOperation,
  operations as identityOperations,
} from "../../generated/identity/index.js";
import type { R0Operation as HomeserverOperation } from "./eras.js";
import * as journey from "./journeys.js";
import type { Answered } from "./judge.js";
import { homeserverRows, identityRows } from "./rows.js";
import type { World } from "./world.js";

export const describeSessionAttacks = (world: () => World): void => {
  describe("Sydent pull request 143: sessions that can be guessed", () => {
    test("sids follow no order", async () => {
      const sids: string[] = [];
      for (let count = 0; count < 24; count += 1) sids.push((await journey.emailSession(world())).sid);
      expect(new Set(sids).size).toBe(sids.length);
      const rising = sids.filter((sid, index) => index > 0 && sid > (sids[index - 1] ?? "")).length;
      // 23 coin tosses: all alike, or nearly, is an order.
      expect(rising).toBeGreaterThan(2);
      expect(rising).toBeLessThan(21);
      expect(sids.every((sid) => /^[0-9A-Za-z]{24}$/.test(sid))).toBe(true);
    });

    test("a wrong secret and an unknown sid are one answer", async () => {
      const { sid, client_secret } = await journey.validatedEmail(world());
      const token = await world().issueToken(journey.alice);
      const more = { mxid: journey.alice, token: "x", threepid: { medium: "email", address: "a@b.c" } };
      const ids: readonly IdentityOperation[] = [
        "getValidated3pid",
        "getValidated3pidV2",
        "bind",
        "bindV2",
        "unbind",
        "unbindV2",
        "emailSubmitTokenPost",
        "emailSubmitTokenPostV2",
        "emailSubmitTokenGet",
      ];
      for (const id of ids) {
        const ask = (session: journey.Session) =>
          identityOperations[id].body === null
            ? world().identity.call(id, { token, query: { ...session, token: "x" } })
            : world().identity.call(id, { token, json: { ...more, ...session } });
        const wrongSecret = await ask({ sid, client_secret: `${client_secret}x` });
        const unknownSid = await ask({ sid: "A".repeat(24), client_secret });
        expect({ id, ...wrongSecret }).toEqual({ id, ...unknownSid });
        expect(wrongSecret.text).not.toContain(sid);
      }
    });
  });

  describe("Sydent pull request 165: invites of an earlier owner", () => {
    const invitesOf = async (session: journey.Session, mxid: string) => {
      const body = await world().identity.succeed("bind", { json: { ...journey.sessionOf(session), mxid } });
      return body["invites"] as readonly { mxid: string; signed: { mxid: string; token: string } }[] | undefined;
    };

    test("stay the first owner's, and never go to the next", async () => {
      const { address, token } = await journey.storedInvite(world());
      const session = await journey.validatedEmail(world(), address);
      const first = await invitesOf(session, "@first:example.org");
      expect(first).toMatchObject([{ mxid: "@first:example.org", signed: { mxid: "@first:example.org", token } }]);
      const threepid = { medium: "email", address };
      await world().identity.succeed("unbind", {
        json: { ...journey.sessionOf(session), mxid: "@first:example.org", threepid },
      });
      expect(await invitesOf(await journey.validatedEmail(world(), address), "@next:example.org")).toBeUndefined();
    });

    test("nor does the homeserver of the next hear of them, and its own reach it alone", async () => {
      const { address, token } = await journey.storedInvite(world());
      const [first, next] = ["@first:one.example", "@next:two.example"];
      const toldOf = (mxid: string) =>
        world().told.filter(({ body }) => body["mxid"] === mxid && body["address"] === address);
      const session = await journey.boundEmail(world(), first, address);
      await vi.waitUntil(() => toldOf(first).length === 1, { timeout: 20_000 });
      const threepid = { medium: "email", address };
      const unbind = (mxid: string) =>
        world().identity.succeed("unbind", { json: { ...journey.sessionOf(session), mxid, threepid } });
      await unbind(first);
      await journey.boundEmail(world(), next, address);
      await vi.waitUntil(() => toldOf(next).length === 1, { timeout: 20_000 });
      await unbind(next);
      const own = await journey.storedInvite(world(), address);
      await journey.boundEmail(world(), next, address);
      await vi.waitUntil(() => toldOf(next).length === 2, { timeout: 20_000 });
      expect(toldOf(first)).toMatchObject([{ server: "one.example", body: { invites: [{ signed: { token } }] } }]);
      expect(toldOf(next)).toMatchObject([
        { server: "two.example", body: { invites: [] } },
        { server: "two.example", body: { invites: [{ mxid: next, signed: { mxid: next, token: own.token } }] } },
      ]);
    });

    test("two users' answers share nothing", async () => {
      const [left, right] = await Promise.all([journey.storedInvite(world()), journey.storedInvite(world())]);
      const sessions = [
        await journey.validatedEmail(world(), left.address),
        await journey.validatedEmail(world(), right.address),
      ];
      const [ofLeft, ofRight] = await Promise.all(
        sessions.map((session, index) => invitesOf(session, `@user${index}:example.org`)),
      );
      expect(ofLeft?.map(({ signed }) => signed)).toMatchObject([{ mxid: "@user0:example.org", token: left.token }]);
      expect(ofRight?.map(({ signed }) => signed)).toMatchObject([{ mxid: "@user1:example.org", token: right.token }]);
    });
  });

  describe("six digits without a limit of tries", () => {
    test("end with their session, and count for the number, whatever the session", async () => {
      const number = world().freshPhone();
      world().limit({ "submit.address": { points: 7, durationMs: 60_000 } });
      const statuses: number[] = [];
      for (let tries = 0; tries < 9; tries += 1) {
        const session = await journey.ownPhoneSession(world(), "To3PID", number);
        const json = { ...journey.submissionOf(session), token: "wrong" };
        statuses.push((await world().homeserver.call("submitUrlMsisdnPost", { json })).status);
      }
      expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 400, 429, 429]);
    });

    test("right after the limit, the right one is refused as well", async () => {
      const session = await journey.phoneSession(world());
      const tries = Array.from({ length: 8 }, () =>
        world().identity.call("msisdnSubmitTokenPost", { json: { ...journey.submissionOf(session), token: "wrong" } }),
      );
      const codes = (await Promise.all(tries)).map(({ body }) => body["errcode"]);
      expect(codes.filter((code) => code === "M_TOKEN_INCORRECT")).toHaveLength(5);
      const right = await world().identity.call("msisdnSubmitTokenPost", { json: journey.submissionOf(session) });
      expect(right.body).toMatchObject({ success: false, errcode: "M_SESSION_EXPIRED" });
    });
  });

  describe("Sydent 2.3.0: endpoints without authentication, and users whom their homeserver may not name", () => {
    test("a token for another homeserver's user, by naming one's own server, is refused", async () => {
      const register = (matrix_server_name: string, mxid: string) =>
        world().identity.call("registerAccount", {
          json: { access_token: `of ${mxid}`, token_type: "Bearer", matrix_server_name, expires_in: 3600 },
        });
      const rows = world().storedRows();
      expect(await register("evil.example", "@victim:example.org")).toMatchObject({
        status: 401,
        errcode: "M_UNAUTHORIZED",
      });
      expect(world().storedRows()).toBe(rows);
      expect(await register("evil.example", "@own:evil.example")).toMatchObject({ status: 200 });
    });

    /** From the protocol's table, not from the documents. */
    const authenticated: readonly IdentityOperation[] = [
      "getAccount",
      "logout",
      "agreeToTerms",
      "getHashDetails",
      "lookupUsersV2",
      "emailRequestTokenV2",
      "emailSubmitTokenPostV2",
      "msisdnRequestTokenV2",
      "msisdnSubmitTokenPostV2",
      "bindV2",
      "getValidated3pidV2",
      "storeInviteV2",
      "blindlySignStuffV2",
    ];

    test.each(authenticated)("%s wants a token", async (id) => {
      const { token: _token, ...valid } = await identityRows[id].prepare(world());
      const rows = world().storedRows();
      for (const given of [
        valid,
        { ...valid, token: "nobodys" },
        { ...valid, headers: { authorization: "X-Matrix a=b" } },
      ]) {
        expect(await world().identity.call(id, given)).toMatchObject({ status: 401, errcode: "M_UNAUTHORIZED" });
      }
      expect(world().storedRows()).toBe(rows);
    });

    test("an access token alone unbinds nothing", async () => {
      const { address } = await journey.boundEmail(world());
      const token = await world().issueToken(journey.alice);
      const json = { mxid: journey.alice, threepid: { medium: "email", address } };
      expect(await world().identity.call("unbindV2", { token, json })).toMatchObject({
        status: 403,
        errcode: "M_FORBIDDEN",
      });
      expect(await world().identity.succeed("lookupUser", { query: { medium: "email", address } })).not.toEqual({});
    });

    const own: readonly HomeserverOperation[] = [
      "getAccount3PIDs",
      "post3PIDs",
      "delete3pidFromAccount",
      "getTokenOwner",
    ];
    test.each(own)("%s wants a token", async (id) => {
      const { token: _token, ...valid } = await homeserverRows[id].prepare(world());
      expect(await world().homeserver.call(id, valid)).toMatchObject({ status: 401, errcode: "M_MISSING_TOKEN" });
    });
  });

  describe("a session that only seems to be one", () => {
    const about = async (id: "requestTokenToRegisterEmail" | "requestTokenToResetPasswordEmail", email: string) => {
      const { concealing } = world();
      const { token } = await journey.registered(world());
      const client_secret = world().fresh("secret");
      const json = { client_secret, email, send_attempt: 1 };
      const evil = await concealing.call(id, { json: { ...json, next_link: "javascript:alert(1)" } });
      const asked = await concealing.call(id, { json });
      const again = await concealing.call(id, { json });
      expect(again.body).toEqual(asked.body);
      const session = { sid: String(asked.body["sid"]), client_secret };
      const submitted: Answered[] = [];
      for (let tries = 0; tries < 6; tries += 1) {
        submitted.push(await concealing.call("submitUrlEmailPost", { json: { ...session, token: "wrong" } }));
      }
      const page = await concealing.call("submitUrlEmailGet", { query: { ...session, token: "wrong" } });
      const added = await concealing.call("post3PIDs", { token, json: { three_pid_creds: session } });
      const auth = { type: "m.login.email.identity", threepid_creds: session };
      const reset = await concealing.call("changePassword", { json: { new_password: journey.password, auth } });
      const { session: _session, ...told } = reset.body;
      const { sid, ...rest } = asked.body;
      return { evil, asked: { ...rest, sid: String(sid).length }, submitted, page, added, told };
    };

    test("tells nobody which addresses have an account", async () => {
      const { address } = await journey.accountWithEmail(world());
      const used = await about("requestTokenToRegisterEmail", address);
      expect(used).toEqual(await about("requestTokenToRegisterEmail", journey.freshEmail(world())));
      expect(used.submitted.map(({ errcode }) => errcode)).toEqual([
        ...Array.from({ length: 5 }, () => "M_TOKEN_INCORRECT"),
        "M_SESSION_EXPIRED",
      ]);
      const unknown = await about("requestTokenToResetPasswordEmail", journey.freshEmail(world()));
      expect(await about("requestTokenToResetPasswordEmail", address)).toEqual(unknown);
    });
  });
};
