import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { fixtures, load } from "./load/fixture.js";
import { ofFiles } from "./quirks/files.js";
import type { Trees } from "./quirks/quirk.js";
import { ofSchemas } from "./quirks/schemas.js";

const table = [...ofFiles, ...ofSchemas];

describe("oddities of the protocol's published documents", () => {
  let trees: Trees;
  beforeAll(async () => {
    trees = {
      letters: await load("quirks", "letters"),
      post: await load("quirks", "post"),
      tolerated: await load("tolerated"),
      oldest: await load("oldest"),
    };
  });

  test.each(table)("$number: $what ($fixture)", async ({ given, want }) => {
    expect(await given(trees)).toEqual(want);
  });

  test("all fifty-two have a fixture", () => {
    expect(table.map(({ number }) => number)).toEqual(Array.from({ length: 52 }, (_, index) => index + 1));
    expect(table.filter(({ fixture }) => !existsSync(fixtures + fixture))).toEqual([]);
  });
});
