/** Links that people open, and successes that take another way than the rows. */

import { expect, test } from "vitest";
import { operations } from "../../generated/identity/index.js";
import { signRequest } from "../../runtime/protocol/x-matrix.js";
import * as journey from "./journeys.js";
import { identityName, knownHomeserver } from "./names.js";
import type { World } from "./world.js";

const links = [
  { id: "emailSubmitTokenGet", medium: "email" },
  { id: "emailSubmitTokenGetV2", medium: "email" },
  { id: "msisdnSubmitTokenGet", medium: "msisdn" },
  { id: "msisdnSubmitTokenGetV2", medium: "msisdn" },
] as const;

const opened = (world: World, medium: "email" | "msisdn") =>
  medium === "email" ? journey.emailSession(world) : journey.phoneSession(world);

export const describeIdentityPages = (world: () => World): void => {
  test.each(links)("$id: a wrong token leads to a page", async ({ id, medium }) => {
    const session = await opened(world(), medium);
    const answered = await world().identity.call(id, { query: { ...journey.submissionOf(session), token: "wrong" } });
    expect(answered).toMatchObject({ status: 400, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(answered.text).toContain("was not confirmed");
  });

  test.each(links)("$id: a browser is shown a page for a link that was cut short", async ({ id }) => {
    const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const answered = await world().identity.call(id, { headers, query: { sid: "1", client_secret: "a" } });
    expect(answered).toMatchObject({ status: 400, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(answered.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(answered.text).toContain("This link cannot be opened");
  });

  test.each(links)("$id: looking where the link leads validates nothing", async ({ id, medium }) => {
    const query = journey.submissionOf(await opened(world(), medium));
    const looked = await world().identity.call(id, { method: "HEAD", query });
    expect(looked).toMatchObject({ status: 200, text: "" });
    const after = await world().identity.call(id, { query: { ...query, token: "wrong" } });
    expect(after.text).toContain("was not confirmed");
    expect((await world().identity.call(id, { query })).text).toContain("is confirmed");
  });

  test.each(links)("$id: too many tries lead to a page that says so", async ({ id, medium }) => {
    const query = journey.submissionOf(await opened(world(), medium));
    world().limit({ "submit.address": { points: 1, durationMs: 60_000 } });
    try {
      await world().identity.call(id, { query });
      const answered = await world().identity.call(id, { query });
      expect(answered).toMatchObject({ status: 429, headers: { "content-type": "text/html; charset=utf-8" } });
    } finally {
      world().unlimit();
    }
  });

  test.each(links)("$id: next_link is followed after success, with the sid", async ({ id, medium }) => {
    const next_link = "https://app.example.org/#/next?a=1";
    const { country, phone_number } = world().freshPhone();
    const address = journey.freshEmail(world());
    const client_secret = world().fresh("secret");
    const shared = { client_secret, send_attempt: 1, next_link };
    const { sid } =
      medium === "email"
        ? await world().identity.succeed("emailRequestToken", { json: { ...shared, email: address } })
        : await world().identity.succeed("msisdnRequestToken", { json: { ...shared, country, phone_number } });
    const token = await sentToken(world(), medium, address);
    const answered = await world().identity.call(id, { query: { sid: String(sid), client_secret, token } });
    expect(answered.status).toBe(302);
    const location = new URL(answered.headers["location"] ?? "");
    expect(location.origin).toBe("https://app.example.org");
    expect(location.href).toContain(String(sid));
    expect(answered.headers["referrer-policy"]).toBe("no-referrer");
  });

  test.each(["unbind", "unbindV2"] as const)("%s by the signature of the user's homeserver", async (id) => {
    const mxid = `@alice:${knownHomeserver.name}`;
    const { address } = await journey.boundEmail(world(), mxid);
    const json = { mxid, threepid: { medium: "email", address } };
    const request = { method: "POST", uri: operations[id].path, content: json };
    const authorization = signRequest(request, knownHomeserver.name, identityName, knownHomeserver.key);
    await world().identity.succeed(id, { json, headers: { authorization } });
    expect(await world().identity.succeed("lookupUser", { query: { medium: "email", address } })).toEqual({});
  });

  test("version 1 takes digits for send_attempt, forms, and fields in the query beside `null`", async () => {
    const { identity, mail } = world();
    const ways = [
      (fields: Readonly<Record<string, string>>) => ({ json: fields }),
      (fields: Readonly<Record<string, string>>) => ({ form: fields }),
      (fields: Readonly<Record<string, string>>) => ({ query: fields }),
      (fields: Readonly<Record<string, string>>) => ({ query: fields, raw: "null" }),
    ];
    for (const way of ways) {
      const email = journey.freshEmail(world());
      await identity.succeed("emailRequestToken", way({ client_secret: "secret", email, send_attempt: "1" }));
      expect(mail.count(email)).toBe(1);
    }
  });

  test("a send_attempt that was sent is answered again and not sent again", async () => {
    const { identity, mail } = world();
    const json = { client_secret: world().fresh("secret"), email: journey.freshEmail(world()), send_attempt: 2 };
    const first = await identity.succeed("emailRequestToken", { json });
    for (const send_attempt of [2, 1, 0]) {
      expect(await identity.succeed("emailRequestToken", { json: { ...json, send_attempt } })).toEqual(first);
    }
    expect(mail.count(json.email)).toBe(1);
    await identity.succeed("emailRequestToken", { json: { ...json, send_attempt: 3 } });
    expect(mail.count(json.email)).toBe(2);
  });

  test("keys that are not ours are not valid", async () => {
    for (const id of [
      "isPubKeyValid",
      "isPubKeyValidV2",
      "isEphemeralPubKeyValid",
      "isEphemeralPubKeyValidV2",
    ] as const) {
      expect(await world().identity.succeed(id, { query: { public_key: "A".repeat(43) } })).toEqual({ valid: false });
    }
  });
};

const sentToken = async ({ mail, sms }: World, medium: "email" | "msisdn", address: string): Promise<string> => {
  if (medium === "msisdn") return /(?<!\d)\d{6}(?!\d)/.exec(sms.received.at(-1) ?? "")?.[0] ?? "";
  return /token=(\w+)/.exec((await mail.newest(address)).message.text ?? "")?.[1] ?? "";
};
