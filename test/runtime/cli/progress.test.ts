import { expect, it } from "vitest";
import { progressLine } from "../../../runtime/cli/progress.js";

const written = (isTTY: boolean): string => {
  let text = "";
  const write = (more: string | Uint8Array): boolean => {
    text += String(more);
    return true;
  };
  const line = progressLine({ write, isTTY });
  for (let rows = 1; rows <= 2500; rows++) line.show("validationSessions", rows);
  line.clear();
  return text;
};

it("progress is one line, written over, and gone at the end", () => {
  const empty = "\r\u001b[K";
  expect(written(true)).toBe(`${empty}validation sessions: 1000${empty}validation sessions: 2000${empty}`);
});

it("where nobody watches there is none", () => {
  expect(written(false)).toBe("");
});
