/** What identity servers and homeservers were broken into with: each test is named after its advisory. */

import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type OperationId as HomeserverOperation,
  operations as homeserverOperations,
} from "../../generated/client-server/index.js";
import {
  type OperationId as IdentityOperation,
  operations as identityOperations,
} from "../../generated/identity/index.js";
import type { Given } from "./contract.js";
import * as journey from "./journeys.js";
import type { Answered } from "./judge.js";
import { homeserverRows, identityRows } from "./rows.js";
import { openWorld, type World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => {
  world.unlimit();
  world.relay.intercept = undefined;
});
afterAll(() => world.close());

const emailRequests = ["emailRequestToken", "emailRequestTokenV2"] as const;
const ownEmailRequests = [
  "requestTokenToRegisterEmail",
  "requestTokenTo3PIDEmail",
  "requestTokenToResetPasswordEmail",
] as const;

/** An address to every operation that sends mail, with what the caller may choose besides. */
const sendTo = async (email: string, given: object = {}) => {
  const token = await world.issueToken(journey.alice);
  const json = { client_secret: world.fresh("secret"), send_attempt: 1, email, ...given };
  const answers: Answered[] = [];
  for (const id of emailRequests) answers.push(await world.identity.call(id, { json, token }));
  for (const id of ownEmailRequests) answers.push(await world.homeserver.call(id, { json }));
  return answers;
};

describe("CVE-2019-11340: an address that reads as two", () => {
  const addresses = [
    "a@b.test@c.test",
    "a@b.test,c@d.test",
    "a@b.test;c@d.test",
    "a@b.test c@d.test",
    "A <a@b.test>",
    "<a@b.test>",
    "a@b.test>",
    '"a@b.test"@c.test',
    "a(b)@c.test",
    "@b.test:a@c.test",
    "mailto:a@b.test",
    " a@b.test",
    "a@b.test\r\nBcc: c@d.test",
    "a@b.test\n",
    "a\u0000@b.test",
    "a@b.test\u2028c@d.test",
    "a@b.test\u200b",
    "a%b.test@c.test",
    "a@",
    "@b.test",
    "a",
    "",
  ];

  test.each(addresses)("%j is no address, and nothing is sent", async (address) => {
    const [mails, rows] = [world.mail.received.length, world.storedRows()];
    const token = await world.issueToken(journey.alice);
    const invites = [
      await world.identity.call("storeInvite", { json: journey.inviteFor(address) }),
      await world.identity.call("storeInviteV2", { token, json: journey.inviteFor(address, journey.alice) }),
    ];
    const answers = [...(await sendTo(address)), ...invites];
    expect(answers.map(({ errcode }) => errcode)).toEqual(answers.map(() => "M_INVALID_EMAIL"));
    expect(world.mail.received.length).toBe(mails);
    // The two access tokens that were issued for asking.
    expect(world.storedRows()).toBe(rows + 2);
  });

  test.each([
    ["Al.I+c'e@Example.ORG", "Al.I+c'e@example.org", "al.i+c'e@example.org"],
    ["straße@example.org", "strasse@example.org", "strasse@example.org"],
    ["\u017fam\u212a@example.org", "samk@example.org", "samk@example.org"],
    ["ÅSA@example.org", "åsa@example.org", "åsa@example.org"],
  ])("mail to %s reaches the mailbox that is proven, and no other", async (email, mailbox, address) => {
    const before = world.mail.received.length;
    const client_secret = world.fresh("secret");
    const { sid } = await world.identity.succeed("emailRequestToken", {
      json: { client_secret, email, send_attempt: 1 },
    });
    expect(world.mail.received.slice(before).map(({ recipient }) => recipient)).toEqual([mailbox]);
    const token = /token=(\w+)/.exec(world.mail.received.at(-1)?.message.text ?? "")?.[1];
    const session = { sid: String(sid), client_secret };
    await world.identity.succeed("emailSubmitTokenPost", { json: { ...session, token } });
    expect(await world.identity.succeed("getValidated3pid", { query: session })).toMatchObject({ address });
  });
});

test("CVE-2019-11842: randomness comes from the system's generator only", () => {
  const folder = new URL("../../runtime/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  expect(sources.length).toBeGreaterThan(100);
  const guilty = sources.filter((path) =>
    /Math\s*\.\s*random|Math\[/.test(readFileSync(new URL(path, folder), "utf8")),
  );
  expect(guilty).toEqual([]);
});

describe("Sydent 1.0.3, CVE-2021-29432: what an inviter writes", () => {
  const evil = [
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "\r\nBcc: victim@example.org\r\n\r\nforged",
    "--boundary\r\nContent-Type: text/html\r\n\r\n<b>forged</b>",
    "{{sender}} {{{sender}}} &lt;b&gt;",
  ];
  const fields = [
    "room_name",
    "sender_display_name",
    "room_alias",
    "room_avatar_url",
    "sender_avatar_url",
    "room_type",
    "room_join_rules",
  ];

  test.each(evil)("%j stays text in one mail to one recipient", async (text) => {
    const address = journey.freshEmail(world);
    const written = Object.fromEntries(fields.map((field) => [field, text]));
    await world.identity.succeed("storeInvite", { json: { ...journey.inviteFor(address), ...written } });
    const before = world.mail.received.length;
    const { recipient, message } = await world.mail.newest(address);
    expect(world.mail.received.length).toBeGreaterThanOrEqual(before);
    expect(recipient).toBe(address);
    expect(message.headerLines.map(({ key }) => key)).not.toContain("bcc");
    for (const name of ["subject", "to", "from"]) {
      const lines = message.headerLines.filter(({ key }) => key === name);
      expect(
        lines
          .map(({ line }) => line)
          .join("")
          .replaceAll(/\r?\n[ \t]/g, ""),
      ).not.toMatch(/[\r\n]/);
      expect(lines).toHaveLength(1);
    }
    expect(message.to).toMatchObject({ value: [{ address }] });
    expect(message.attachments).toEqual([]);
    const html = String(message.html);
    expect(html).not.toMatch(/<script|<img|<b>|onerror=alert\(1\)>/);
    expect(message.text).toContain("@inviter:example.org");
  });

  test("a room ID with markup is no room ID", async () => {
    for (const room_id of ["!<script>:example.org\r\n", '!a b:c"><img>', "!\r\nBcc: a@b.c"]) {
      const { status, errcode, text } = await world.identity.call("storeInvite", {
        json: { ...journey.inviteFor(journey.freshEmail(world)), room_id },
      });
      if (status !== 200) {
        expect({ status, errcode }).toEqual({ status: 400, errcode: "M_INVALID_PARAM" });
        expect(text).not.toContain("<");
      }
    }
  });

  test("names are cut: a novel does not become a subject", async () => {
    const address = journey.freshEmail(world);
    const sender_display_name = "very ".repeat(800);
    await world.identity.succeed("storeInvite", { json: { ...journey.inviteFor(address), sender_display_name } });
    const { message } = await world.mail.newest(address);
    expect(message.subject?.length).toBeLessThan(300);
  });
});

describe("Sydent pull request 143: sessions that can be guessed", () => {
  test("sids follow no order", async () => {
    const sids: string[] = [];
    for (let count = 0; count < 24; count += 1) sids.push((await journey.emailSession(world)).sid);
    expect(new Set(sids).size).toBe(sids.length);
    const rising = sids.filter((sid, index) => index > 0 && sid > (sids[index - 1] ?? "")).length;
    // 23 coin tosses: all alike, or nearly, is an order.
    expect(rising).toBeGreaterThan(2);
    expect(rising).toBeLessThan(21);
    expect(sids.every((sid) => /^[0-9A-Za-z]{24}$/.test(sid))).toBe(true);
  });

  test("a wrong secret and an unknown sid are one answer", async () => {
    const { sid, client_secret } = await journey.validatedEmail(world);
    const token = await world.issueToken(journey.alice);
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
          ? world.identity.call(id, { token, query: { ...session, token: "x" } })
          : world.identity.call(id, { token, json: { ...more, ...session } });
      const wrongSecret = await ask({ sid, client_secret: `${client_secret}x` });
      const unknownSid = await ask({ sid: "A".repeat(24), client_secret });
      expect({ id, ...wrongSecret }).toEqual({ id, ...unknownSid });
      expect(wrongSecret.text).not.toContain(sid);
    }
  });
});

describe("Sydent pull request 165: invites of an earlier owner", () => {
  const invitesOf = async (session: journey.Session, mxid: string) => {
    const body = await world.identity.succeed("bind", { json: { ...journey.sessionOf(session), mxid } });
    return body["invites"] as readonly { mxid: string; signed: { mxid: string; token: string } }[] | undefined;
  };

  test("stay the first owner's, and never go to the next", async () => {
    const { address, token } = await journey.storedInvite(world);
    const session = await journey.validatedEmail(world, address);
    const first = await invitesOf(session, "@first:example.org");
    expect(first).toMatchObject([{ mxid: "@first:example.org", signed: { mxid: "@first:example.org", token } }]);
    const threepid = { medium: "email", address };
    await world.identity.succeed("unbind", {
      json: { ...journey.sessionOf(session), mxid: "@first:example.org", threepid },
    });
    expect(await invitesOf(await journey.validatedEmail(world, address), "@next:example.org")).toBeUndefined();
  });

  test("two users' answers share nothing", async () => {
    const [left, right] = await Promise.all([journey.storedInvite(world), journey.storedInvite(world)]);
    const sessions = [
      await journey.validatedEmail(world, left.address),
      await journey.validatedEmail(world, right.address),
    ];
    const [ofLeft, ofRight] = await Promise.all(
      sessions.map((session, index) => invitesOf(session, `@user${index}:example.org`)),
    );
    expect(ofLeft?.map(({ signed }) => signed)).toMatchObject([{ mxid: "@user0:example.org", token: left.token }]);
    expect(ofRight?.map(({ signed }) => signed)).toMatchObject([{ mxid: "@user1:example.org", token: right.token }]);
  });
});

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
    const { identity = "", homeserver = "" } = world.urls;
    const targets = [
      `${identity}/_matrix/identity/v2/validate/email/submitToken?access_token=${await world.issueToken(journey.alice)}`,
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
        const { token, address: mine } = await journey.accountWithEmail(world);
        const answered = await world.homeserver.call("delete3pidFromAccount", {
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
      const valid = await identityRows[id].prepare(world);
      const rows = world.storedRows();
      for (const { name, changed } of lengthen(valid)) {
        const answered = await world.identity.call(id, changed);
        if (harmless.includes(`${id} ${name}`)) continue;
        // A link that people open answers with a page.
        const isPage = answered.headers["content-type"]?.startsWith("text/html");
        const expected = isPage || answered.body["success"] === false ? answered.status : 400;
        expect({ name, status: answered.status }).toEqual({ name, status: expected });
        expect(answered.text).not.toContain("a".repeat(100));
      }
      expect(world.storedRows()).toBe(rows);
    },
  );

  test.each(Object.keys(homeserverRows) as HomeserverOperation[])(
    "%s refuses what is too long and stores nothing",
    async (id) => {
      const valid = await homeserverRows[id].prepare(world);
      const rows = world.storedRows();
      for (const { name, changed } of lengthen(valid)) {
        const answered = await world.homeserver.call(id, changed);
        expect({ name, status: answered.status }).toEqual({ name, status: 400 });
        expect(answered.text).not.toContain("a".repeat(100));
      }
      expect(world.storedRows()).toBe(rows);
    },
  );
});

describe("Sydent 2.3.0: endpoints without authentication", () => {
  /** From the protocol's table, not from the documents. */
  const authenticated: readonly IdentityOperation[] = [
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
    const { token: _token, ...valid } = await identityRows[id].prepare(world);
    const rows = world.storedRows();
    for (const given of [
      valid,
      { ...valid, token: "nobodys" },
      { ...valid, headers: { authorization: "X-Matrix a=b" } },
    ]) {
      expect(await world.identity.call(id, given)).toMatchObject({ status: 401, errcode: "M_UNAUTHORIZED" });
    }
    expect(world.storedRows()).toBe(rows);
  });

  test("an access token alone unbinds nothing", async () => {
    const { address } = await journey.boundEmail(world);
    const token = await world.issueToken(journey.alice);
    const json = { mxid: journey.alice, threepid: { medium: "email", address } };
    expect(await world.identity.call("unbindV2", { token, json })).toMatchObject({
      status: 403,
      errcode: "M_FORBIDDEN",
    });
    expect(await world.identity.succeed("lookupUser", { query: { medium: "email", address } })).not.toEqual({});
  });

  const own: readonly HomeserverOperation[] = [
    "getAccount3PIDs",
    "post3PIDs",
    "delete3pidFromAccount",
    "getTokenOwner",
  ];
  test.each(own)("%s wants a token", async (id) => {
    const { token: _token, ...valid } = await homeserverRows[id].prepare(world);
    expect(await world.homeserver.call(id, valid)).toMatchObject({ status: 401, errcode: "M_MISSING_TOKEN" });
  });
});

describe("CVE-2021-21332, CVE-2021-21333, CVE-2020-26891: markup in pages", () => {
  const script = `"'><script>alert(1)</script>`;
  const noMarkup = (text: string) => expect(text).not.toMatch(/<script|"'>/);

  const identityPages = [
    "emailSubmitTokenGet",
    "emailSubmitTokenGetV2",
    "msisdnSubmitTokenGet",
    "msisdnSubmitTokenGetV2",
  ] as const;
  test.each(identityPages)("%s shows no parameter", async (id) => {
    const valid = await identityRows[id].prepare(world);
    for (const name of ["sid", "client_secret", "token"]) {
      const answered = await world.identity.call(id, { query: { ...valid.query, [name]: script } });
      expect(answered.status).toBe(400);
      noMarkup(answered.text);
    }
  });

  const ownPages = ["submitUrlEmailGet", "submitUrlMsisdnGet"] as const;
  test.each(ownPages)("%s shows no parameter", async (id) => {
    const valid = await homeserverRows[id].prepare(world);
    for (const name of ["sid", "client_secret", "token"]) {
      const answered = await world.homeserver.call(id, { query: { ...valid.query, [name]: script } });
      expect(answered.status).toBe(400);
      noMarkup(answered.text);
    }
  });

  test("a next_link with markup is written as a link", async () => {
    const next_link = `https://app.example.org/?a=${script}#${script}`;
    const session = await journey.emailSession(world, journey.freshEmail(world), next_link);
    const answered = await world.identity.call("emailSubmitTokenGet", { query: journey.submissionOf(session) });
    expect(answered.status).toBe(302);
    noMarkup(answered.text);
    noMarkup(answered.headers["location"] ?? "");
    expect(answered.headers).toMatchObject({
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "x-content-type-options": "nosniff",
    });
  });
});

describe("next_link to anything but the web", () => {
  const links = [
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://example.org/",
    "//evil.example/",
    "/relative",
    "https:evil",
    "https://",
    "https://user:password@evil.example/",
    "https://app.example.org@evil.example/",
  ];
  test.each(links)("%j is refused, and nothing is sent", async (next_link) => {
    const mails = world.mail.received.length;
    const email = journey.freshEmail(world);
    const answers = (await sendTo(email, { next_link })).slice(0, 4);
    const allowed = next_link === "https:evil";
    expect(answers.map(({ errcode }) => errcode)).toEqual(answers.map(() => (allowed ? undefined : "M_INVALID_PARAM")));
    if (!allowed) expect(world.mail.received.length).toBe(mails);
  });

  test("a line break does not reach the header", async () => {
    const next_link = "https://app.example.org/a\r\nSet-Cookie: b=c";
    const session = await journey.emailSession(world, journey.freshEmail(world), next_link);
    const answered = await world.identity.call("emailSubmitTokenGet", { query: journey.submissionOf(session) });
    expect(answered.headers["location"]).not.toMatch(/[\r\n ]/);
    expect(answered.headers["set-cookie"]).toBeUndefined();
  });
});

describe("six digits without a limit of tries", () => {
  test("end with their session, and count for the number, whatever the session", async () => {
    const number = world.freshPhone();
    world.limit({ "submit.address": { points: 7, durationMs: 60_000 } });
    const statuses: number[] = [];
    for (let tries = 0; tries < 9; tries += 1) {
      const session = await journey.ownPhoneSession(world, "To3PID", number);
      const json = { ...journey.submissionOf(session), token: "wrong" };
      statuses.push((await world.homeserver.call("submitUrlMsisdnPost", { json })).status);
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 400, 429, 429]);
  });

  test("right after the limit, the right one is refused as well", async () => {
    const session = await journey.phoneSession(world);
    const tries = Array.from({ length: 8 }, () =>
      world.identity.call("msisdnSubmitTokenPost", { json: { ...journey.submissionOf(session), token: "wrong" } }),
    );
    const codes = (await Promise.all(tries)).map(({ body }) => body["errcode"]);
    expect(codes.filter((code) => code === "M_TOKEN_INCORRECT")).toHaveLength(5);
    const right = await world.identity.call("msisdnSubmitTokenPost", { json: journey.submissionOf(session) });
    expect(right.body).toMatchObject({ success: false, errcode: "M_SESSION_EXPIRED" });
  });
});

describe("names of object members as data", () => {
  test("are neither fields nor a way to a prototype", async () => {
    const raw =
      '{"__proto__":{"client_secret":"a","email":"a@b.test","send_attempt":1},"constructor":{"prototype":{"polluted":1}}}';
    const answered = await world.identity.call("emailRequestToken", { raw });
    expect(answered).toMatchObject({ status: 400, errcode: "M_MISSING_PARAMS" });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    for (const name of ["__proto__", "constructor", "toString"]) {
      const { status } = await world.identity.call("getPubKey", { params: { keyId: name } });
      expect(status).toBe(404);
    }
  });
});

test("through all this nothing failed, and the log holds no secret and no address", () => {
  const log = world.log.join("\n");
  expect(world.log.filter((line) => line.startsWith("error"))).toEqual([]);
  expect(world.log.length).toBeGreaterThan(100);
  expect(log).not.toMatch(/secret\d|user\d+@|@example\.org|447400|nobodys/);
});

test("every operation of both services has a row here, too", () => {
  expect(Object.keys(identityRows)).toHaveLength(Object.keys(identityOperations).length);
  expect(Object.keys(homeserverRows)).toHaveLength(Object.keys(homeserverOperations).length);
});
