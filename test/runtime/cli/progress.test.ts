import { expect, it } from "vitest";
import { type ProgressLine, progressLine } from "../../../runtime/cli/progress.js";

const written = (isTTY: boolean, work: (line: ProgressLine) => void): string => {
  let text = "";
  const write = (more: string | Uint8Array): boolean => {
    text += String(more);
    return true;
  };
  work(progressLine({ write, isTTY }));
  return text;
};

const countTo2500 = (line: ProgressLine): void => {
  for (let rows = 1; rows <= 2500; rows++) line.show("validationSessions", rows);
  line.clear();
};

const empty = "\r\u001b[K";

it("progress is one line, written over, and gone at the end", () => {
  const lines = `${empty}validation sessions: 1000${empty}validation sessions: 2000${empty}`;
  expect(written(true, countTo2500)).toBe(lines);
});

it("progress is shown again when there are a thousand more, or of another kind", () => {
  const now = (line: ProgressLine): void => {
    for (const rows of [999, 1_700, 2_600, 2_700]) line.show("invites", rows);
    for (const rows of [900, 1_000]) line.show("terms", rows);
  };
  expect(written(true, now)).toBe(`${empty}invites: 1700${empty}invites: 2700${empty}terms: 1000`);
});

it("where nobody watches there is none", () => {
  expect(written(false, countTo2500)).toBe("");
});
