import { describe, expect, it } from "vitest";
import { clientAddress } from "../../../runtime/http/client-address.js";
import { sparingLimiter } from "../../../runtime/storage/sparing-limiter.js";
import { fakeLimiter } from "../fakes.js";

const counts = async (networks: readonly string[], scope: "send.ip" | "send.mxid", address: string) => {
  const limiter = fakeLimiter();
  limiter.refused.add(scope);
  const { allowed } = await sparingLimiter(limiter, networks).consume(scope, clientAddress(address));
  return !allowed && limiter.counted.length === 1;
};

describe("a limiter that spares addresses", () => {
  it.each([
    [["192.0.2.1"], "192.0.2.1", false],
    [["192.0.2.1"], "192.0.2.2", true],
    [["192.0.2.0/24", "10.0.0.0/8"], "10.1.2.3", false],
    [["192.0.2.1"], "::ffff:192.0.2.1", false],
    [["2001:db8:1:2::5"], "2001:db8:1:2::5", false],
    // One household, whatever address it uses now.
    [["2001:db8:1:2::5"], "2001:db8:1:2:ffff::6", false],
    [["2001:db8:1:2::5"], "2001:db8:1:3::5", true],
    [["2001:db8::/32"], "2001:db8:1:3::5", false],
    [["::1/128"], "::1", false],
    [["192.0.2.1"], "2001:db8:1:3::5", true],
    [["0.0.0.0/0"], "", true],
    [[], "192.0.2.1", true],
  ])("%j counts %s by address: %s", async (networks, address, counted) => {
    expect(await counts(networks, "send.ip", address)).toBe(counted);
  });

  it("counts by everything else, also where a key reads like a spared address", async () => {
    expect(await counts(["192.0.2.1"], "send.mxid", "192.0.2.1")).toBe(true);
  });
});
