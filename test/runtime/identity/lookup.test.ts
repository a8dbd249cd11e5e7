import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer, validatedSession } from "./identity-server.js";

const alice = "@alice:example.org";

describe("lookup", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
  });
  afterEach(() => server.close());

  it("answers what bind answered, however the address is spelled", async () => {
    const session = await validatedSession(server, "strauß@example.org");
    const published = await server.client.orThrow.bind({ body: { ...session, mxid: alice } });
    for (const address of ["strauß@example.org", "STRAUSS@Example.org", "strauss@example.org"]) {
      expect(await server.client.orThrow.lookupUser({ query: { medium: "email", address } })).toEqual(published);
    }
  });

  it.each([
    { medium: "email", address: "nobody@example.org" },
    { medium: "msisdn", address: "alice@example.org" },
    { medium: "pigeon", address: "alice@example.org" },
    { medium: "email", address: "" },
  ])("answers an empty object for $medium $address", async (query) => {
    const session = await validatedSession(server, "alice@example.org");
    await server.client.orThrow.bind({ body: { ...session, mxid: alice } });
    expect(await server.client.lookupUser({ query })).toMatchObject({ status: 200, body: {} });
  });

  it("answers the matches of many, as they were asked for", async () => {
    for (const name of ["alice", "bob"]) {
      const session = await validatedSession(server, `${name}@example.org`, name);
      await server.client.orThrow.bind({ body: { ...session, mxid: `@${name}:example.org` } });
    }
    const asked: [string, string][] = [
      ["email", "BOB@example.org"],
      ["pigeon", "bob@example.org"],
      ["email", "nobody@example.org"],
      ["email", "alice@example.org"],
    ];
    expect(await server.client.orThrow.lookupUsers({ body: { threepids: asked } })).toEqual({
      threepids: [
        ["email", "BOB@example.org", "@bob:example.org"],
        ["email", "alice@example.org", "@alice:example.org"],
      ],
    });
    expect(await server.client.orThrow.lookupUsers({ body: { threepids: [] } })).toEqual({ threepids: [] });
  });

  it("refuses more than ten thousand at once", async () => {
    const many = Array.from({ length: 10_001 }, (): [string, string] => ["email", "a@b.c"]);
    expect(await server.client.lookupUsers({ body: { threepids: many } })).toMatchObject({
      status: 413,
      body: { errcode: "M_TOO_LARGE" },
    });
    expect(await server.client.lookupUsers({ body: { threepids: many.slice(1) } })).toMatchObject({ status: 200 });
  });
});
