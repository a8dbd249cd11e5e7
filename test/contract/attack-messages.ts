/** Attacks by what is mailed: to whom, from whom, and where its link leads. */

import { describe, expect, test, vi } from "vitest";
import * as journey from "./journeys.js";
import type { Answered } from "./judge.js";
import type { World } from "./world.js";

export const describeMessageAttacks = (world: () => World): void => {
  const emailRequests = ["emailRequestToken", "emailRequestTokenV2"] as const;
  const ownEmailRequests = ["requestTokenToRegisterEmail", "requestTokenTo3PIDEmail"] as const;
  const resetRequest = "requestTokenToResetPasswordEmail";

  type OwnRequest = (typeof ownEmailRequests)[number] | typeof resetRequest;

  const sendOwn = async (ids: readonly OwnRequest[], json: object): Promise<Answered[]> => {
    const { homeserver, v3 } = world();
    const answers: Answered[] = [];
    for (const id of ids) answers.push(await homeserver.call(id, { json }), await v3.main.call(id, { json }));
    return answers;
  };

  const requestFor = (email: string, given: object = {}) => ({
    client_secret: world().fresh("secret"),
    send_attempt: 1,
    email,
    ...given,
  });

  /** An address to every operation that sends mail to anybody, with what the caller may choose besides. */
  const sendTo = async (email: string, given: object = {}) => {
    const token = await world().issueToken(journey.alice);
    const json = requestFor(email, given);
    const answers: Answered[] = [];
    for (const id of emailRequests) answers.push(await world().identity.call(id, { json, token }));
    return [...answers, ...(await sendOwn(ownEmailRequests, json))];
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
      const [mails, rows] = [world().mail.received.length, world().storedRows()];
      const token = await world().issueToken(journey.alice);
      const invites = [
        await world().identity.call("storeInvite", { json: journey.inviteFor(address) }),
        await world().identity.call("storeInviteV2", { token, json: journey.inviteFor(address, journey.alice) }),
      ];
      const reset = await sendOwn([resetRequest], requestFor(address));
      const answers = [...(await sendTo(address)), ...reset, ...invites];
      // v3 has no code of its own for it.
      expect(answers.map(({ errcode }) => errcode?.replace("M_INVALID_PARAM", "M_INVALID_EMAIL"))).toEqual(
        answers.map(() => "M_INVALID_EMAIL"),
      );
      expect(world().mail.received.length).toBe(mails);
      // The two access tokens that were issued for asking.
      expect(world().storedRows()).toBe(rows + 2);
    });

    test.each([
      ["Al.I+c'e@Example.ORG", "Al.I+c'e@example.org", "al.i+c'e@example.org"],
      ["straße@example.org", "strasse@example.org", "strasse@example.org"],
      ["\u017fam\u212a@example.org", "samk@example.org", "samk@example.org"],
      ["ÅSA@example.org", "åsa@example.org", "åsa@example.org"],
    ])("mail to %s reaches the mailbox that is proven, and no other", async (email, mailbox, address) => {
      const before = world().mail.received.length;
      const client_secret = world().fresh("secret");
      const { sid } = await world().identity.succeed("emailRequestToken", {
        json: { client_secret, email, send_attempt: 1 },
      });
      expect(
        world()
          .mail.received.slice(before)
          .map(({ recipient }) => recipient),
      ).toEqual([mailbox]);
      const token = /token=(\w+)/.exec(world().mail.received.at(-1)?.message.text ?? "")?.[1];
      const session = { sid: String(sid), client_secret };
      await world().identity.succeed("emailSubmitTokenPost", { json: { ...session, token } });
      expect(await world().identity.succeed("getValidated3pid", { query: session })).toMatchObject({ address });
    });
  });

  describe("what an inviter writes", () => {
    const evil = [
      ["Sydent 1.0.3", "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"],
      ["Sydent 1.0.3", "{{sender}} {{{sender}}} &lt;b&gt;"],
      ["CVE-2021-29432", "\r\nBcc: victim@example.org\r\n\r\nforged"],
      ["CVE-2021-29432", "--boundary\r\nContent-Type: text/html\r\n\r\n<b>forged</b>"],
    ] as const;
    const fields = [
      "room_name",
      "sender_display_name",
      "room_alias",
      "room_avatar_url",
      "sender_avatar_url",
      "room_type",
      "room_join_rules",
    ];

    test.each(evil)("%s: %j stays text in one mail to one recipient", async (_advisory, text) => {
      const address = journey.freshEmail(world());
      const written = Object.fromEntries(fields.map((field) => [field, text]));
      await world().identity.succeed("storeInvite", { json: { ...journey.inviteFor(address), ...written } });
      const before = world().mail.received.length;
      const { recipient, message } = await world().mail.newest(address);
      expect(world().mail.received.length).toBeGreaterThanOrEqual(before);
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

    test("CVE-2021-29432: the inviter's own user ID is shown as it was verified, as text", async () => {
      const senders = [
        "@<script>alert(1)</script>:example.org",
        '@"><img/src=x>:example.org',
        "@{{{room}}}:example.org",
      ];
      for (const sender of senders) {
        const address = journey.freshEmail(world());
        const json = { ...journey.inviteFor(address, sender), sender_display_name: "@trusted:example.org" };
        await world().identity.succeed("storeInviteV2", { token: await world().issueToken(sender), json });
        const { message } = await world().mail.newest(address);
        expect(message.text).toContain(sender);
        expect(String(message.html)).not.toMatch(/<script|<img/);
      }
    });

    test("Sydent 1.0.3: nothing of it reaches a homeserver but the room and the inviter", async () => {
      const [address, mxid] = [journey.freshEmail(world()), "@guest:hears.example"];
      const markup = "<script>alert(1)</script>";
      const written = Object.fromEntries([...fields, "signed", "mxid", "invites"].map((field) => [field, markup]));
      await world().identity.succeed("storeInvite", { json: { ...written, ...journey.inviteFor(address) } });
      await world().mail.newest(address);
      await journey.boundEmail(world(), mxid, address);
      await vi.waitUntil(() => world().told.some(({ server }) => server === "hears.example"), { timeout: 20_000 });
      const [told] = world().told.filter(({ server }) => server === "hears.example");
      expect(told?.body["invites"]).toEqual([
        {
          medium: "email",
          address,
          mxid,
          room_id: "!room:example.org",
          sender: "@inviter:example.org",
          signed: { mxid, token: expect.any(String), signatures: expect.any(Object) },
        },
      ]);
      expect(JSON.stringify(told)).not.toContain("<script");
    });

    test("Sydent 1.0.3: a room ID with markup is no room ID", async () => {
      for (const room_id of ["!<script>:example.org\r\n", '!a b:c"><img>', "!\r\nBcc: a@b.c"]) {
        const { status, errcode, text } = await world().identity.call("storeInvite", {
          json: { ...journey.inviteFor(journey.freshEmail(world())), room_id },
        });
        if (status !== 200) {
          expect({ status, errcode }).toEqual({ status: 400, errcode: "M_INVALID_PARAM" });
          expect(text).not.toContain("<");
        }
      }
    });

    test("CVE-2021-29432: names are cut: a novel does not become a subject", async () => {
      const address = journey.freshEmail(world());
      const sender_display_name = "very ".repeat(800);
      await world().identity.succeed("storeInvite", { json: { ...journey.inviteFor(address), sender_display_name } });
      const { message } = await world().mail.newest(address);
      expect(message.subject?.length).toBeLessThan(300);
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
      const mails = world().mail.received.length;
      const email = journey.freshEmail(world());
      const answers = await sendTo(email, { next_link });
      const allowed = next_link === "https:evil";
      expect(answers.map(({ errcode }) => errcode)).toEqual(
        answers.map(() => (allowed ? undefined : "M_INVALID_PARAM")),
      );
      if (!allowed) expect(world().mail.received.length).toBe(mails);
    });

    test("a line break does not reach the header", async () => {
      const next_link = "https://app.example.org/a\r\nSet-Cookie: b=c";
      const session = await journey.emailSession(world(), journey.freshEmail(world()), next_link);
      const answered = await world().identity.call("emailSubmitTokenGet", { query: journey.submissionOf(session) });
      expect(answered.headers["location"]).not.toMatch(/[\r\n ]/);
      expect(answered.headers["set-cookie"]).toBeUndefined();
    });
  });
};
