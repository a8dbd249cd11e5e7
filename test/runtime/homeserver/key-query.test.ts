import { expect, it } from "vitest";
import type { KeyQuery } from "../../../runtime/homeserver/domain/notary.js";
import { keyQuery } from "../../../runtime/homeserver/federation/key-query.js";
import { fakeLogger } from "../fakes.js";

const querying = () => {
  const asked: KeyQuery[] = [];
  const { bulkPerspectivesKeyQuery: handler } = keyQuery({
    query: async (query) => {
      asked.push(query);
      return [];
    },
  });
  const context = {
    requester: undefined,
    clientIp: "192.0.2.1",
    method: "POST",
    target: "/_matrix/key/v2/query",
    header: () => undefined,
    signal: new AbortController().signal,
    log: fakeLogger(),
  };
  /** Wants the keys of one server until these times. */
  const ask = async (times: readonly (number | undefined)[]) => {
    const wanted = times.map((time, index) => [
      `ed25519:${index}`,
      time === undefined ? {} : { minimum_valid_until_ts: time },
    ]);
    const body = { server_keys: { "other.test": Object.fromEntries(wanted) } };
    return handler({ params: {}, query: {}, headers: {}, body }, context);
  };
  return { ask, asked };
};

it("wants the keys of a server until the latest of the times that are named", async () => {
  const { ask, asked } = querying();
  await ask([5, undefined, 7, 6]);
  await ask([]);
  expect(asked.map(({ servers }) => [...servers])).toEqual([[["other.test", 7]], [["other.test", 0]]]);
});

it("is for a hundred keys of a server at most, however large a body may be", async () => {
  const { ask, asked } = querying();
  await ask(new Array(100).fill(1));
  for (const count of [101, 200_000]) {
    await expect(ask(new Array(count).fill(1))).rejects.toMatchObject({ errcode: "M_INVALID_PARAM" });
  }
  expect(asked.length).toBe(1);
});
