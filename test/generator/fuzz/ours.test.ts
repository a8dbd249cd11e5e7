import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type FuzzReport, fuzz } from "../../../generator/fuzz/fuzz.js";
import { loadServices } from "../../../generator/load/services.js";
import { alice } from "../../contract/journeys.js";
import { openWorld } from "../../contract/world.js";

/** An account as any client gets one, over the wire. */
async function tokenFrom(homeserver: string): Promise<string> {
  const response = await fetch(`${homeserver}/_matrix/client/r0/register`, {
    method: "POST",
    body: JSON.stringify({ username: "fuzzer", password: "correct horse", auth: { type: "m.login.dummy" } }),
  });
  const body: unknown = await response.json();
  return String(Reflect.get(Object(body), "access_token"));
}

const succeeded = ({ coverage }: FuzzReport): readonly string[] =>
  coverage.filter(({ statuses }) => statuses.includes(200)).map(({ operation }) => operation);

test("our own servers show nothing, to strangers or to who is known", { timeout: 120_000 }, async () => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  const { services } = await loadServices({ root: join(import.meta.dirname, "../../../api") });
  const { identity = "", homeserver = "" } = world.urls;
  const fuzzed = async (name: string, target: string, token: string | undefined): Promise<readonly string[]> => {
    const models = services.filter((model) => model.name === name);
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    // Whoever logs out is a stranger from then on.
    const skip = token === undefined ? [] : ["logout", "logout_all"];
    const report = await fuzz(models, { target, count: 60, seconds: 60, timeout: 10_000, seed: 1, headers, skip });
    expect(report.findings).toEqual([]);
    expect(report.isCut).toBe(false);
    expect(report.requests).toBeGreaterThan(report.operations * 30);
    return succeeded(report);
  };
  const token = await tokenFrom(homeserver);
  const byOwner = await fuzzed("client-server", homeserver, token);
  const byStranger = await fuzzed("client-server", homeserver, undefined);
  expect(byOwner).toEqual(expect.arrayContaining(["register", "getTokenOwner", "requestTokenTo3PIDEmail"]));
  expect(byStranger).toContain("register");
  expect(byStranger).not.toContain("getTokenOwner");
  const known = await fuzzed("identity", identity, await world.issueToken(alice));
  expect(known).toEqual(expect.arrayContaining(["emailRequestTokenV2", "storeInviteV2", "pingV2"]));
  expect(known).not.toContain("logout");
  expect(await fuzzed("identity", identity, undefined)).not.toContain("storeInviteV2");
});
