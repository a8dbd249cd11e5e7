/** Pages that a homeserver answers where the links of its messages lead, the same in both eras. */

import { expect, test } from "vitest";
import type { Contract } from "./contract.js";
import * as journey from "./journeys.js";
import { requestFor } from "./request-token-errors.js";
import type { World } from "./world.js";

const links = ["submitUrlEmailGet", "submitUrlMsisdnGet"] as const;

type Link = (typeof links)[number];

const opened = (world: World, id: Link) =>
  id === "submitUrlEmailGet"
    ? journey.ownEmailSession(world, "ToRegister")
    : journey.ownPhoneSession(world, "ToRegister");

export const describeLinkPages = (contract: (world: World) => Contract<Link>, world: () => World): void => {
  test.each(links)("%s: a wrong token leads to a page", async (id) => {
    const query = { ...journey.submissionOf(await opened(world(), id)), token: "wrong" };
    const answered = await contract(world()).call(id, { query });
    expect(answered).toMatchObject({ status: 400, headers: { "content-type": "text/html; charset=utf-8" } });
  });

  test.each(links)("%s: looking where the link leads validates nothing", async (id) => {
    const query = journey.submissionOf(await opened(world(), id));
    const looked = await contract(world()).call(id, { method: "HEAD", query });
    expect(looked).toMatchObject({ status: 200, text: "" });
    const after = await contract(world()).call(id, { query: { ...query, token: "wrong" } });
    expect(after.text).toContain("was not confirmed");
    expect((await contract(world()).call(id, { query })).text).toContain("is confirmed");
  });

  test.each(links)("%s: too many tries lead to a page that says so", async (id) => {
    const query = journey.submissionOf(await opened(world(), id));
    world().limit({ "submit.address": { points: 1, durationMs: 60_000 } });
    try {
      await contract(world()).call(id, { query });
      const answered = await contract(world()).call(id, { query });
      expect(answered).toMatchObject({ status: 429, headers: { "content-type": "text/html; charset=utf-8" } });
    } finally {
      world().unlimit();
    }
  });

  test.each(links)("%s: next_link is followed after success", async (id) => {
    const { homeserver, mail, sms } = world();
    const operation = id === "submitUrlEmailGet" ? "requestTokenToRegisterEmail" : "requestTokenToRegisterMSISDN";
    const email = journey.freshEmail(world());
    const given = requestFor(world(), operation, { email, next_link: "https://app.example.org/next" });
    const { client_secret } = given.json as { readonly client_secret: string }; // made by requestFor
    const { sid } = await homeserver.succeed(operation, given);
    const sent = id === "submitUrlEmailGet" ? (await mail.newest(email)).message.text : sms.received.at(-1);
    const token = /token=(\w+)/.exec(sent ?? "")?.[1] ?? /(?<!\d)\d{6}(?!\d)/.exec(sent ?? "")?.[0] ?? "";
    const answered = await contract(world()).call(id, { query: { sid: String(sid), client_secret, token } });
    expect(answered.status).toBe(302);
    expect(answered.headers["location"]).toBe(`https://app.example.org/next?sid=${String(sid)}`);
  });
};
