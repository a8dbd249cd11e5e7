/** What may be done only so often, by whom: each scope with the operations that count in it. */

import { expect, test } from "vitest";
import type { LimitScope } from "../../runtime/ports/limiter.js";
import type { Contract, Given } from "./contract.js";
import type { World } from "./world.js";

export interface LimitRow<Id extends string> {
  readonly scope: LimitScope;
  readonly id: Id;
  /** Two requests that count for one and the same key, and one that counts for another where the key is no address. */
  arrange(world: World): Promise<readonly [first: Given, second: Given, other?: Given]>;
}

export const twice = async (make: () => Given | Promise<Given>): Promise<readonly [Given, Given]> => [
  await make(),
  await make(),
];

export const sameAddress = (world: World, given: object): readonly [Given, Given] => {
  const json = () => ({ client_secret: world.fresh("secret"), send_attempt: 1, ...given });
  return [{ json: json() }, { json: json() }];
};

export const number = (world: World) => {
  const { country, phone_number } = world.freshPhone();
  return { country, phone_number };
};

/** What counts requests of any kind counts each that asks something. */
export const anyRequest = <Id extends string>(id: Id, ask: () => Given): LimitRow<Id> => ({
  scope: "request.ip",
  id,
  arrange: () => twice(ask),
});

export const describeLimits = <Id extends string>(
  rows: readonly LimitRow<Id>[],
  contract: (world: World) => Contract<Id>,
  world: () => World,
): void => {
  test.each(rows)("$scope limits $id", async ({ scope, id, arrange }) => {
    const [first, second, other] = await arrange(world());
    world().limit({ [scope]: { points: 1, durationMs: 3_600_000 } });
    try {
      expect((await contract(world()).call(id, first)).status).not.toBe(429);
      const refused = await contract(world()).call(id, second);
      expect(refused).toMatchObject({ status: 429, errcode: "M_LIMIT_EXCEEDED" });
      const seconds = Number(refused.headers["retry-after"]);
      expect(seconds).toBeGreaterThan(3_500);
      expect(Math.ceil(Number(refused.body["retry_after_ms"]) / 1000)).toBe(seconds);
      if (other !== undefined) expect((await contract(world()).call(id, other)).status).not.toBe(429);
    } finally {
      world().unlimit();
    }
  });
};
