import { join } from "node:path";
import { expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import { compilerErrors } from "../support/compiler.js";
import { temporaryFolder } from "../support/tree.js";

const history = join(import.meta.dirname, "../fixtures/history");
const steps = ["0-contact", "1-inline", "2-shared", "3-submit-url", "4-v2"];

test("each step generates, and what it generates compiles", async () => {
  const out = temporaryFolder();
  for (const step of steps) {
    const result = await generate({ root: join(history, step), out: join(out, step) });
    expect(result).toMatchObject({ state: "written", warnings: [] });
  }
  expect(compilerErrors(out)).toEqual([]);
});

/** What `--check` tells of the step from one version to the next, by operation. */
const told: readonly { from: string; to: string; changes: Record<string, readonly string[]> }[] = [
  {
    from: "0-contact",
    to: "1-inline",
    changes: {
      emailRequestToken: ["additive: was added: POST /_matrix/identity/api/v1/validate/email/requestToken"],
      getAccount3PIDs: [
        "breaking: was called getAccount3pid",
        'breaking: response 200 body /threepids/*/medium enum was ["email"], is ["email","msisdn"]',
      ],
      post3PIDs: [
        "breaking: was called postAccount3pid",
        "additive: response 200 body may be application/json",
        "documentation: request body is described differently",
      ],
      requestTokenTo3PIDEmail: ["additive: was added: POST /_matrix/client/r0/account/3pid/email/requestToken"],
    },
  },
  {
    from: "1-inline",
    to: "2-shared",
    changes: {
      emailRequestToken: [
        'breaking: request body /client_secret pattern was nothing, is "^[0-9a-zA-Z.=_-]+$"',
        "breaking: request body /send_attempt became required",
        "documentation: request body /client_secret x-from-prose was nothing, is true",
        "documentation: response 200 body is described differently",
      ],
      requestTokenTo3PIDEmail: [
        'breaking: request body /client_secret pattern was nothing, is "^[0-9a-zA-Z.=_-]+$"',
        "breaking: request body /send_attempt became required",
        "additive: response 200 body /sid was added, required",
        "documentation: request body /client_secret x-from-prose was nothing, is true",
        "documentation: request body /id_server is described differently",
        "documentation: response 200 body is described differently",
      ],
    },
  },
  {
    from: "2-shared",
    to: "3-submit-url",
    changes: { requestTokenTo3PIDEmail: ["additive: response 200 body /submit_url was added"] },
  },
  {
    from: "3-submit-url",
    to: "4-v2",
    changes: {
      emailRequestToken: ["documentation: became deprecated"],
      emailRequestTokenV2: ["additive: was added: POST /_matrix/identity/v2/validate/email/requestToken"],
    },
  },
];

test.each(told)("from $from to $to the check tells what changed", async ({ from, to, changes }) => {
  const out = temporaryFolder();
  await generate({ root: join(history, from), out });
  const result = await generate({ root: join(history, to), out, check: true });
  expect(result.state).toBe("drifted");
  const lines = result.changes.flatMap(({ operations }) =>
    operations.map(({ operation, changes: all }) => [
      operation,
      all.map(({ severity, where, what }) => `${severity}: ${where === "" ? what : `${where} ${what}`}`),
    ]),
  );
  expect(Object.fromEntries(lines)).toEqual(changes);
});
