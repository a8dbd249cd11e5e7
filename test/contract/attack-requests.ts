/** Attacks by the request itself: its size, its destinations, its markup, its names. */

import { request } from "node:http";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { OperationId as IdentityOperation } from "../../generated/identity/index.js";
import type { Given } from "./contract.js";
import type { R0Operation as HomeserverOperation, V3Operation } from "./eras.js";
import * as journey from "./journeys.js";
import type { Answered } from "./judge.js";
import { homeserverRows, identityRows } from "./rows.js";
import { homeserverV3Rows } from "./rows-v3.js";
import type { World } from "./world.js";

export const describeRequestAttacks = (world: () => World): void => {
  describe("CVE-2021-29430: requests without end", () => {
    const post = (url: string, headers: Record<string, string>, chunks: readonly string[]) =>
      new Promise<{ status: number | undefined; cors: unknown; text: string }>((resolve, reject) => {
        const outgoing = request(url, { method: "POST", headers, agent: false }, (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += String(chunk);
          });
          response.on("end", () =>
            resolve({ status: response.statusCode, cors: response.headers["access-control-allow-origin"], text }),
          );
        });
        outgoing.on("error", reject);
        for (const chunk of chunks) outgoing.write(chunk);
        outgoing.end();
      });
    const chunks = Array.from({ length: 60 }, () => "a".repeat(10_000));

    test.each([
      ["a length that is told", { "content-length": "600000" }],
      ["chunks without a length", { "transfer-encoding": "chunked" }],
    ])("600 KB by %s are refused, at both servers", async (_how, headers) => {
      const { identity = "", homeserver = "" } = world().urls;
      const targets = [
        `${identity}/_matrix/identity/v2/validate/email/submitToken?access_token=${await world().issueToken(journey.alice)}`,
        `${identity}/_matrix/identity/api/v1/3pid/bind`,
        `${homeserver}/_matrix/client/r0/register`,
      ];
      for (const target of targets) {
        const { status, cors, text } = await post(target, headers, chunks);
        expect({ status, cors }).toEqual({ status: 413, cors: "*" });
        expect(JSON.parse(text)).toMatchObject({ errcode: "M_TOO_LARGE" });
      }
    });
  });

  describe("CVE-2021-29431, CVE-2021-21392, CVE-2021-21273: destinations that a client chooses", () => {
    test("lead to nothing on this machine", async () => {
      let connections = 0;
      const listener = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      const address = listener.address();
      const port = typeof address === "object" ? address?.port : undefined;
      const hosts = [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
      ];
      try {
        for (const host of hosts) {
          const { token, address: mine } = await journey.accountWithEmail(world());
          const answered = await world().homeserver.call("delete3pidFromAccount", {
            token,
            json: { medium: "email", address: mine, id_server: `${host}:${port}` },
          });
          expect([host, answered.status, answered.body["id_server_unbind_result"] ?? answered.errcode]).toEqual([
            host,
            answered.status,
            answered.status === 200 ? "no-support" : "M_INVALID_PARAM",
          ]);
        }
        expect(connections).toBe(0);
      } finally {
        await new Promise((resolve) => listener.close(resolve));
      }
    });
  });

  describe("CVE-2021-29433, CVE-2021-21394: no limits on length", () => {
    const tooLong: Readonly<Record<string, unknown>> = {
      client_secret: "a".repeat(256),
      sid: "a".repeat(256),
      token: "a".repeat(256),
      email: `${"a".repeat(489)}@example.org`,
      address: `${"a".repeat(489)}@example.org`,
      next_link: `https://example.org/${"a".repeat(2_029)}`,
      country: "G".repeat(65),
      phone_number: "1".repeat(256),
      mxid: `@${"a".repeat(243)}:example.org`,
      sender: `@${"a".repeat(243)}:example.org`,
      room_id: `!${"a".repeat(243)}:example.org`,
      room_name: "a".repeat(4_097),
      sender_display_name: "a".repeat(4_097),
      room_avatar_url: "a".repeat(2_049),
      private_key: "A".repeat(256),
      username: "a".repeat(256),
      password: "a".repeat(513),
      new_password: "a".repeat(513),
      device_id: "a".repeat(513),
      initial_device_display_name: "a".repeat(513),
      id_server: "a".repeat(513),
      public_key: "A".repeat(256),
      access_token: "a".repeat(1_025),
      token_type: "a".repeat(256),
      matrix_server_name: "a".repeat(513),
      algorithm: "a".repeat(256),
      pepper: "a".repeat(256),
      user_accepts: [`https://example.org/${"a".repeat(2_048)}`],
    };

    const lengthen = (given: Given): { readonly name: string; readonly changed: Given }[] => {
      const part = given.json === undefined ? ("query" as const) : ("json" as const);
      const values = Object.entries(given[part] ?? {});
      return values
        .filter(([name]) => Object.hasOwn(tooLong, name))
        .map(([name]) => ({
          name,
          changed: { ...given, [part]: { ...Object.fromEntries(values), [name]: tooLong[name] } },
        }));
    };
    /** Looking for what cannot be there is no harm: these answer that there is nothing. */
    const harmless: readonly string[] = [
      "lookupUser address",
      "isPubKeyValid public_key",
      "isPubKeyValidV2 public_key",
      "isEphemeralPubKeyValid public_key",
      "isEphemeralPubKeyValidV2 public_key",
    ];

    test.each(Object.keys(identityRows) as IdentityOperation[])(
      "%s refuses what is too long and stores nothing",
      async (id) => {
        const valid = await identityRows[id].prepare(world());
        const rows = world().storedRows();
        for (const { name, changed } of lengthen(valid)) {
          const answered = await world().identity.call(id, changed);
          if (harmless.includes(`${id} ${name}`)) continue;
          // A link that people open answers with a page.
          const isPage = answered.headers["content-type"]?.startsWith("text/html");
          const expected = isPage || answered.body["success"] === false ? answered.status : 400;
          expect({ name, status: answered.status }).toEqual({ name, status: expected });
          expect(answered.text).not.toContain("a".repeat(100));
        }
        expect(world().storedRows()).toBe(rows);
      },
    );

    const refusesAtHomeserver = async (id: string, valid: Given, call: (changed: Given) => Promise<Answered>) => {
      const rows = world().storedRows();
      for (const { name, changed } of lengthen(valid)) {
        // Whoever logs in by a password may send a token of any length that another way to log in might have.
        if (id === "login" && name === "token") continue;
        const answered = await call(changed);
        expect({ name, status: answered.status }).toEqual({ name, status: 400 });
        expect(answered.text).not.toContain("a".repeat(100));
      }
      expect(world().storedRows()).toBe(rows);
    };

    test.each(Object.keys(homeserverRows) as HomeserverOperation[])(
      "%s refuses what is too long and stores nothing",
      async (id) =>
        refusesAtHomeserver(id, await homeserverRows[id].prepare(world()), (given) =>
          world().homeserver.call(id, given),
        ),
    );

    test.each(Object.keys(homeserverV3Rows) as V3Operation[])(
      "v3: %s refuses what is too long and stores nothing",
      async (id) =>
        refusesAtHomeserver(id, await homeserverV3Rows[id].prepare(world()), (given) =>
          world().v3.main.call(id, given),
        ),
    );
  });

  describe("CVE-2021-21332, CVE-2021-21333, CVE-2020-26891: markup in pages", () => {
    const script = `"'><script>alert(1)</script>`;
    const noMarkup = (text: string) => expect(text).not.toMatch(/<script|"'>/);

    /** The last two say in which words the page speaks. */
    const pageParameters = ["sid", "client_secret", "token", "brand", "lang"];

    const identityPages = [
      "emailSubmitTokenGet",
      "emailSubmitTokenGetV2",
      "msisdnSubmitTokenGet",
      "msisdnSubmitTokenGetV2",
    ] as const;
    test.each(identityPages)("%s shows no parameter", async (id) => {
      const valid = await identityRows[id].prepare(world());
      for (const name of pageParameters) {
        const answered = await world().identity.call(id, { query: { ...valid.query, token: "x", [name]: script } });
        expect(answered.status).toBe(400);
        noMarkup(answered.text);
      }
    });

    const ownPages = ["submitUrlEmailGet", "submitUrlMsisdnGet"] as const;
    test.each(ownPages)("%s shows no parameter, in either era", async (id) => {
      const valid = await homeserverRows[id].prepare(world());
      for (const name of pageParameters) {
        const query = { ...valid.query, token: "x", [name]: script };
        for (const answered of [
          await world().homeserver.call(id, { query }),
          await world().v3.main.call(id, { query }),
        ]) {
          expect(answered.status).toBe(400);
          noMarkup(answered.text);
        }
      }
    });

    test.each(["authenticationFallbackGet", "authenticationFallbackPost"] as const)(
      "%s shows no parameter, in either era",
      async (id) => {
        const { body } = await world().homeserver.call("register", { json: { username: world().fresh("user") } });
        const session = String(body["session"]);
        const form = id === "authenticationFallbackPost" ? { form: { user: script, token: script } } : {};
        for (const [authType, query] of [
          [script, { session }],
          ["m.login.dummy", { session: script }],
          ["m.login.terms", { session, lang: script }],
        ] as const) {
          const given = { params: { authType }, query, ...form };
          noMarkup((await world().homeserver.call(id, given)).text);
          noMarkup((await world().v3.main.call(id, given)).text);
        }
      },
    );

    test("a mail shows no markup of what was asked with it", async () => {
      const next_link = `https://app.example.org/?a=${script}`;
      const query = { brand: script, lang: script };
      const headers = { "accept-language": script };
      const token = await world().issueToken(journey.alice);
      const send = [
        (given: Given) => world().identity.call("emailRequestToken", given),
        (given: Given) => world().identity.call("emailRequestTokenV2", { ...given, token }),
        (given: Given) => world().homeserver.call("requestTokenToRegisterEmail", given),
        (given: Given) => world().v3.main.call("requestTokenToRegisterEmail", given),
      ];
      for (const ask of send) {
        const email = journey.freshEmail(world());
        const json = { client_secret: world().fresh("secret"), email, send_attempt: 1, next_link };
        expect(await ask({ json, query, headers })).toMatchObject({ status: 200 });
        const { message } = await world().mail.newest(email);
        noMarkup(String(message.html));
        expect(message.headerLines.map(({ line }) => line).join("\n")).not.toMatch(/<script/);
      }
    });

    test("a next_link with markup is written as a link", async () => {
      const next_link = `https://app.example.org/?a=${script}#${script}`;
      const session = await journey.emailSession(world(), journey.freshEmail(world()), next_link);
      const answered = await world().identity.call("emailSubmitTokenGet", { query: journey.submissionOf(session) });
      expect(answered.status).toBe(302);
      noMarkup(answered.text);
      noMarkup(answered.headers["location"] ?? "");
      expect(answered.headers).toMatchObject({
        "content-security-policy": expect.stringContaining("default-src 'none'"),
        "x-content-type-options": "nosniff",
      });
    });
  });

  describe("names of object members as data", () => {
    test("are neither fields nor a way to a prototype", async () => {
      const raw =
        '{"__proto__":{"client_secret":"a","email":"a@b.test","send_attempt":1},"constructor":{"prototype":{"polluted":1}}}';
      const answered = await world().identity.call("emailRequestToken", { raw });
      expect(answered).toMatchObject({ status: 400, errcode: "M_MISSING_PARAMS" });
      expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
      for (const name of ["__proto__", "constructor", "toString"]) {
        const { status } = await world().identity.call("getPubKey", { params: { keyId: name } });
        expect(status).toBe(404);
      }
    });
  });
};
