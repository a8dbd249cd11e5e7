import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test, vi } from "vitest";
import { isLoopback, registerFuzz } from "../../../generator/fuzz/command.js";
import { asJson, listening, nobodyAt } from "./targets.js";

describe("the command", () => {
  test.each([
    ["http://127.0.0.1:8090", true],
    ["http://localhost:8090/base", true],
    ["http://[::1]:1", true],
    ["http://127.9.9.9", true],
    ["http://127.0.0.1.example.org", false],
    ["http://example.org", false],
    ["http://10.0.0.1", false],
  ])("takes %s for this machine: %s", (target, want) => {
    expect(isLoopback(target)).toBe(want);
  });

  async function fuzzBy(...args: readonly string[]) {
    const written = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      vi.spyOn(process[stream], "write").mockImplementation((text) => {
        written[stream] += String(text);
        return true;
      });
    }
    let code = -1;
    const program = new Command("threepid").exitOverride();
    registerFuzz(program, (given) => {
      code = given;
    });
    await program.parseAsync(["fuzz", "--root", join(import.meta.dirname, "../../golden/api"), ...args], {
      from: "user",
    });
    return { code, ...written };
  }

  test("tells findings as lines that can be run, and exits 1", async () => {
    const target = await listening((_message, reply) => reply.writeHead(299).end());
    const told = await fuzzBy("--target", target, "--count", "5");
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/^small openSession: 299 is not declared\n {2}after a request that fits\n {2}curl /m);
    expect(told.stdout).toMatch(/2 findings in \d+ requests to 2 operations\.\n$/);
    const json = await fuzzBy("--target", target, "--count", "5", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ operations: 2, findings: [{ kind: "undeclared-status" }, {}] });
  });

  test("tells operations that never answered a success", async () => {
    const target = await listening((_message, reply) => reply.writeHead(404).end());
    const { stdout } = await fuzzBy("--target", target, "--count", "5");
    expect(stdout).toContain(
      "\n2 of 2 operations never answered a success: knowsMedium, openSession\n  hint: next to ",
    );
  });

  test("exits 1 where nobody was let in, since next to nothing was tried", async () => {
    const target = await listening((_message, reply) =>
      asJson(reply, 401, '{"errcode":"M_UNAUTHORIZED","error":"Who?"}'),
    );
    const { code, stdout } = await fuzzBy("--target", target, "--count", "5");
    expect(stdout).toMatch(
      /^2 of 2 operations never .*\n {2}hint: next to nothing was tried\. (?:.|\n)*\?\n0 findings in 10 requests to 2 operations\.\n$/,
    );
    expect(code).toBe(1);
  });

  test("leaves alone what it is told to, where there is such an operation", async () => {
    const target = await listening((_message, reply) => reply.writeHead(404).end());
    const { stdout } = await fuzzBy("--target", target, "--count", "5", "--skip", "openSession", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ operations: 1, findings: [{ operation: "knowsMedium" }] });
    expect(await fuzzBy("--target", target, "--skip", "nothing")).toEqual({
      code: 1,
      stdout: "",
      stderr: "--skip: the documents have no operation nothing\n  hint: one of knowsMedium, openSession\n",
    });
  });

  test("tells that nobody listens, once, and exits 1", async () => {
    const closed = await nobodyAt();
    const told = await fuzzBy("--target", closed);
    expect(told).toEqual({
      code: 1,
      stdout:
        `nobody listens at ${closed}\n  hint: start the server, or correct --target; nothing else was asked\n` +
        "0 findings in 1 requests to 1 operations.\n",
      stderr: "",
    });
  });

  test("tells which operations were left alone", async () => {
    const target = await listening(() => undefined);
    const { stdout } = await fuzzBy("--target", target, "--skip", "openSession", "--timeout", "40");
    expect(stdout).toContain("\nsmall knowsMedium: left alone after 2 hangs\n");
  });

  test("leaves other machines alone", async () => {
    const told = await fuzzBy("--target", "http://192.0.2.1");
    expect(told).toEqual({
      code: 1,
      stdout: "",
      stderr: "http://192.0.2.1 is not this machine\n  hint: --allow-remote, where its owner agrees\n",
    });
  });
});
