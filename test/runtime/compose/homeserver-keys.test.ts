import { expect, it } from "vitest";
import { homeserverKeys } from "../../../runtime/compose/homeserver-keys.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";

const listedKey = "XSl0kuyvrXNj6A+7/tkrB9sxSbRi08Of5uRhxOqZtEQ";
const { identity, homeserver } = parseConfiguration(
  `\
identity:
  server_name: id.example.org
  public_base_url: http://id.example.org
  homeserver_keys: [{ server_name: other.example, key_id: "ed25519:auto", public_key: "${listedKey}" }]
homeserver: { server_name: example.org, public_base_url: http://example.org }
`,
  "test",
);
const published = { publicKey: async (serverName: string, keyId: string) => `${keyId} of ${serverName}` };
const companionKey = signingKeyOf("ed25519:0", new Uint8Array(32));

it.each([
  ["other.example", "ed25519:auto", listedKey],
  ["other.example", "ed25519:0", undefined],
  ["example.org", "ed25519:0", companionKey.publicKey],
  ["example.org", "ed25519:auto", "ed25519:auto of example.org"],
  ["somebody.example", "ed25519:0", "ed25519:0 of somebody.example"],
])("the key of %s called %s", async (serverName, keyId, want) => {
  if (identity === undefined) throw new Error("the configuration above has an identity server");
  expect(
    await homeserverKeys(identity, homeserver, async () => companionKey, published).publicKey(serverName, keyId),
  ).toBe(want);
  const alone = homeserverKeys(identity, undefined, undefined, published);
  const wantAlone = serverName === "example.org" ? `${keyId} of ${serverName}` : want;
  expect(await alone.publicKey(serverName, keyId)).toBe(wantAlone);
});
