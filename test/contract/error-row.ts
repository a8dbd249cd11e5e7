/** One error that a document or its prose names, and the states that lead to it. */

import { expect, test } from "vitest";
import type { Contract, Given } from "./contract.js";
import type { Answered } from "./judge.js";
import type { World } from "./world.js";

export interface ErrorRow<Id extends string> {
  readonly errcode: string;
  readonly status: number;
  readonly when: string;
  readonly operations: readonly Id[];
  /** Makes the state and answers the request. */
  arrange(world: World, id: Id): Given | Promise<Given>;
  /** Puts right what was arranged outside of the servers. */
  tidy?(world: World): void;
  /** Instead of the main server. */
  readonly over?: (world: World) => Contract<Id>;
  readonly also?: (answered: Answered) => void;
}

/** How one request is sent, and what else is true of its answer. */
export interface ErrorRules<Id extends string> {
  readonly contract: (world: World) => Contract<Id>;
  /** Added where the request says nothing about a token. */
  readonly token?: (world: World, id: Id) => Promise<string | undefined>;
  /** Where an operation tells the error with another status. */
  readonly status?: (id: Id, status: number) => number;
}

export const describeErrors = <Id extends string>(
  rows: readonly ErrorRow<Id>[],
  { contract, token, status = (_id, declared) => declared }: ErrorRules<Id>,
  world: () => World,
): void => {
  const cases = rows.flatMap((row) => row.operations.map((id) => ({ id, errcode: row.errcode, when: row.when, row })));
  test.each(cases)("$id: $errcode when $when", async ({ row, id }) => {
    const given = await row.arrange(world(), id);
    const usual = await token?.(world(), id);
    try {
      const answered = await (row.over ?? contract)(world()).call(id, { token: usual, ...given });
      expect(answered, answered.text).toMatchObject({ status: status(id, row.status), errcode: row.errcode });
      row.also?.(answered);
    } finally {
      row.tidy?.(world());
    }
  });
};
