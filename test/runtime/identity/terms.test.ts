import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Terms } from "../../../runtime/protocol/terms.js";
import { type TestServer, testServer } from "./identity-server.js";

const terms: Terms = new Map([
  [
    "tos",
    {
      version: "2.0",
      texts: new Map([
        ["en", { name: "Terms", url: "https://id.example.org/tos-2-en" }],
        ["de", { name: "Bedingungen", url: "https://id.example.org/tos-2-de" }],
      ]),
    },
  ],
  [
    "privacy",
    { version: "7", texts: new Map([["en", { name: "Privacy", url: "https://id.example.org/privacy-7-en" }]]) },
  ],
]);

let server: TestServer;
let accessToken: string;
beforeEach(async () => {
  server = await testServer({ terms });
  accessToken = await server.issueToken("@alice:example.org");
});
afterEach(() => server.close());

const accept = (...user_accepts: string[]) => server.client.agreeToTerms({ body: { user_accepts } }, { accessToken });
const account = () => server.client.getAccount({}, { accessToken });

const unsigned = { status: 403, body: { errcode: "M_TERMS_NOT_SIGNED" } };

describe("terms of service", () => {
  it("are shown to everybody, in every language", async () => {
    expect(await server.client.orThrow.getTerms({})).toEqual({
      policies: {
        tos: {
          version: "2.0",
          en: { name: "Terms", url: "https://id.example.org/tos-2-en" },
          de: { name: "Bedingungen", url: "https://id.example.org/tos-2-de" },
        },
        privacy: { version: "7", en: { name: "Privacy", url: "https://id.example.org/privacy-7-en" } },
      },
    });
  });

  it("are accepted one language each, over several calls, and only then let a user in", async () => {
    expect(await account()).toMatchObject(unsigned);
    expect(await accept("https://id.example.org/tos-2-de")).toMatchObject({ status: 200 });
    expect(await account()).toMatchObject(unsigned);
    expect(await accept("https://id.example.org/privacy-7-en")).toMatchObject({ status: 200 });
    expect(await account()).toMatchObject({ status: 200 });
    const bob = await server.issueToken("@bob:example.org");
    expect(await server.client.getAccount({}, { accessToken: bob })).toMatchObject(unsigned);
  });

  it("hold for the user, not for the token", async () => {
    await accept("https://id.example.org/tos-2-en", "https://id.example.org/privacy-7-en");
    const other = await server.issueToken("@alice:example.org");
    expect(await server.client.getAccount({}, { accessToken: other })).toMatchObject({ status: 200 });
  });

  it("keep nothing of a call that names a URL nobody offered", async () => {
    const answer = await accept("https://id.example.org/tos-2-en", "https://elsewhere.example/tos");
    expect(answer).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    expect(await server.storage.acceptedTerms.acceptedBy("@alice:example.org")).toEqual(new Set());
  });

  it("keep nobody from leaving, nor a homeserver from unbinding", async () => {
    const body = { mxid: "@alice:example.org", threepid: { medium: "email", address: "a@example.org" } };
    expect(await server.client.unbindV2({ body }, { accessToken })).toMatchObject({ body: { errcode: "M_FORBIDDEN" } });
    expect(await server.client.logout({}, { accessToken })).toMatchObject({ status: 200 });
  });
});

describe("a server without terms", () => {
  it("shows none, and lets everybody in", async () => {
    const free = await testServer();
    expect(await free.client.orThrow.getTerms({})).toEqual({ policies: {} });
    const token = await free.issueToken("@alice:example.org");
    expect(await free.client.getAccount({}, { accessToken: token })).toMatchObject({ status: 200 });
    free.close();
  });
});
