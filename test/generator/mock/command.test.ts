import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { commandFolder } from "../../support/command.js";

const api = join(import.meta.dirname, "../../golden/api");

test.each(["SIGINT", "SIGTERM"] as const)(
  "mock tells its routes and where it listens, answers, and ends on %s",
  async (signal) => {
    const folder = commandFolder();
    onTestFinished(() => folder.remove());
    const { child, printed, finished } = folder.run(["mock", "--root", api, "--port", "0"]);
    const out = await printed(/Listening on /);
    expect(out).toMatch(/^ {2}POST {4}\/\S+$/m);
    const [, url = ""] = /Listening on (http:\/\/127\.0\.0\.1:\d+);/.exec(out) ?? [];
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    child.kill(signal);
    expect(await finished).toMatchObject({ code: 0, err: "" });
  },
);
