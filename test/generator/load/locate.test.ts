import { describe, expect, test } from "vitest";
import { LineCounter, parseDocument } from "yaml";
import { excerptOf, keysOf, type Located, locate, pointerOf } from "../../../generator/load/locate.js";

const text = `top:
  list:
    - one
    - { two: 2, "a/b~c": 3 }
  200: &shared
    empty:
    text: |-
      several
      lines
  again: *shared
  1.10: version
`;
const lines = new LineCounter();
const located: Located = { file: "some.yaml", text, document: parseDocument(text, { lineCounter: lines }), lines };

describe("from a pointer to a place", () => {
  test.each([
    ["", "value", 1, 1],
    ["/top", "key", 1, 1],
    ["/top", "value", 2, 3],
    ["/top/list/0", "value", 3, 7],
    ["/top/list/1/two", "key", 4, 9],
    ["/top/list/1/two", "value", 4, 14],
    ["/top/list/1/a~1b~0c", "key", 4, 17],
    ["/top/200", "key", 5, 3],
    ["/top/200/empty", "key", 6, 5],
    ["/top/200/empty", "value", 6, 11],
    ["/top/200/text", "value", 7, 11],
    ["/top/again/text", "key", 7, 5],
    ["/top/1.10", "value", 11, 9],
    ["/top/absent", "value", 2, 3],
    ["/top/list/7", "value", 3, 5],
    ["/top/list/0/deeper", "value", 3, 7],
  ] as const)("%s, the %s, stands at %i:%i", (pointer, part, line, column) => {
    const keys = keysOf(pointer) ?? [];
    expect(locate(located, keys, part)).toEqual({ file: "some.yaml", pointer, line, column });
  });

  test("pointers escape slash and tilde, and come back", () => {
    expect(pointerOf(["a/b", "~", "~1", ""])).toBe("/a~1b/~0/~01/");
    expect(keysOf("/a~1b/~0/~01/")).toEqual(["a/b", "~", "~1", ""]);
    expect(keysOf("no-pointer")).toBeUndefined();
  });

  test("an empty file has a first line", () => {
    const empty: Located = { file: "e.yaml", text: "", document: parseDocument(""), lines: new LineCounter() };
    expect(locate(empty, ["a"])).toMatchObject({ line: 1, column: 1 });
  });
});

describe("excerpts", () => {
  test("show the line between its neighbours, with a caret", () => {
    expect(excerptOf(located, { line: 3, column: 7 })).toBe(
      ["  2 |   list:", "> 3 |     - one", "    |       ^", '  4 |     - { two: 2, "a/b~c": 3 }'].join("\n"),
    );
  });

  test("cut lines that are too long to read, and leave the caret out where it would not be seen", () => {
    const excerpt = excerptOf({ text: "x".repeat(1000) }, { line: 1, column: 900 });
    expect(excerpt).toBe(`> 1 | ${"x".repeat(160)}`);
  });
});
