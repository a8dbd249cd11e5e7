/** Keywords of JSON Schema 2020-12 that only validators can hold to, from the document to the compiled check. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { generate } from "../../generator/generate.js";
import type { RequestChecks } from "../../generator/seam/contract.js";
import { fixtures } from "./load/fixture.js";

let check: NonNullable<RequestChecks["body"]>;

beforeAll(async () => {
  const out = mkdtempSync(join(tmpdir(), "threepid-"));
  await generate({ root: join(fixtures, "positive/keywords"), out });
  const module: { requests: Record<string, RequestChecks> } = await import(
    pathToFileURL(join(out, "rules/requests.ts")).href
  );
  check = module.requests["rules"]?.body ?? (() => ({ path: "", keyword: "absent", message: "is not compiled" }));
  return () => rmSync(out, { recursive: true, force: true });
});

test.each([
  [{ local: 4 }, undefined],
  [{ local: 3 }, "multipleOf"],
  [{ pair: ["a", 1] }, undefined],
  [{ pair: ["a", 1, 2] }, "unevaluatedItems"],
  [{ several: [1, "a", 2] }, undefined],
  [{ several: [1] }, "contains"],
  [{ several: [1, 2, 3, 4] }, "contains"],
  [{ alone: [] }, undefined],
  [{ closed: { a: "1", b: "2" } }, undefined],
  [{ closed: { a: "1", c: "2" } }, "unevaluatedProperties"],
  [{ keyed: { n_a: 1 } }, undefined],
  [{ keyed: { n_a: "1" } }, "type"],
  [{ keyed: { other: 1 } }, "additionalProperties"],
  [{ card: { number: "1", code: "2", owner: "3" } }, undefined],
  [{ card: { number: "1" } }, "dependentRequired"],
  [{ card: { owner: "1" } }, "required"],
  [{ way: { by: "email", email: "a" } }, undefined],
  [{ way: { by: "email", phone: "a" } }, "required"],
  [{ way: { by: "phone", email: "a" } }, "required"],
  [{ lonely: {} }, undefined],
  [{ text: "a" }, undefined],
])("%j breaks %s", (value, keyword) => {
  expect(check(value)?.keyword).toBe(keyword);
});
