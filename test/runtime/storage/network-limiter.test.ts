import { describe, expect, it } from "vitest";
import { clientAddress } from "../../../runtime/http/client-address.js";
import { memoryLimiter } from "../../../runtime/storage/memory-limiter.js";
import { networkLimiter } from "../../../runtime/storage/network-limiter.js";
import { fakeClock } from "../fakes.js";

const limits = { "send.ip": { points: 3, durationMs: 1_000 }, "send.mxid": { points: 3, durationMs: 1_000 } };

const setUp = () => {
  const limiter = networkLimiter(memoryLimiter(limits, fakeClock(0)));
  const consume = async (address: string, cost?: number) =>
    (await limiter.consume("send.ip", clientAddress(address), cost)).allowed;
  return { limiter, consume };
};

/** How many of the requests were allowed. */
const allowedOf = async (requests: readonly string[], consume: (address: string) => Promise<boolean>) => {
  let allowed = 0;
  for (const address of requests) if (await consume(address)) allowed += 1;
  return allowed;
};

const clients = (start: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${start}:${i.toString(16)}::1`);

describe("a limiter of networks", () => {
  it("counts all of a /48 together, which may do 16 times as much as one client", async () => {
    const { consume } = setUp();
    expect(await allowedOf(clients("2001:db8:1", 1_000), consume)).toBe(16 * 3);
    expect(await consume("2001:db8:2::1"), "the next network is another's").toBe(true);
  });

  it("lets one client use up nothing of its neighbours' after its own", async () => {
    const { consume } = setUp();
    const one = Array.from({ length: 1_000 }, () => "2001:db8:1:7::1");
    expect(await allowedOf(one, consume)).toBe(3);
    expect(
      await allowedOf(
        clients("2001:db8:1:", 7).map((it) => it.replace("::", ":")),
        consume,
      ),
    ).toBe(7);
  });

  it("asks of both without using up either", async () => {
    const { consume } = setUp();
    expect(await allowedOf(clients("2001:db8:1", 100), (address) => consume(address, 0))).toBe(100);
    await allowedOf(clients("2001:db8:1", 49), consume);
    expect(await consume("2001:db8:1:ffff::1", 0)).toBe(false);
  });

  it("counts addresses of IPv4, and what is no address, by themselves", async () => {
    const { consume, limiter } = setUp();
    const many = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
    expect(await allowedOf(many, consume)).toBe(100);
    expect(
      await allowedOf(
        many.map((address) => `::ffff:${address}`),
        consume,
      ),
    ).toBe(100);
    const users = clients("2001:db8:1", 100).map(clientAddress);
    expect(await allowedOf(users, async (user) => (await limiter.consume("send.mxid", user)).allowed)).toBe(100);
  });
});
