import { expect, it } from "vitest";
import { jsonLogger } from "../../../runtime/observe/logger.js";

it("writes one JSON object a line, from the level on that was asked for", () => {
  const lines: string[] = [];
  const log = jsonLogger("warn", { write: (line) => void lines.push(line) });
  log.debug("too much");
  log.info("too much");
  log.warn("a mail\nwas not sent", { attempts: 3 });
  log.error("gone");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 40, time: expect.stringMatching(/^\d{4}-.*Z$/), attempts: 3, msg: "a mail\nwas not sent" },
    { level: 50, time: expect.any(String), msg: "gone" },
  ]);
  expect(lines.every((line) => line.trim().split("\n").length === 1)).toBe(true);
});
