/** For our own services what `npm run generate:matrix` shows for the protocol's trees. */

import { cpSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { requests as clientServerRequests } from "../../generated/client-server/requests.js";
import { responses as clientServerResponses } from "../../generated/client-server/responses.js";
import { requests as clientServerV3Requests } from "../../generated/client-server-v3/requests.js";
import { responses as clientServerV3Responses } from "../../generated/client-server-v3/responses.js";
import { requests as identityRequests } from "../../generated/identity/requests.js";
import { responses as identityResponses } from "../../generated/identity/responses.js";
import { requests as internalRequests } from "../../generated/identity-internal/requests.js";
import { responses as internalResponses } from "../../generated/identity-internal/responses.js";
import type { Check } from "../../generated/seam/contract.js";
import { requests as serverServerRequests } from "../../generated/server-server/requests.js";
import { responses as serverServerResponses } from "../../generated/server-server/responses.js";
import { loadServices } from "../../generator/load/services.js";
import type { ServiceModel } from "../../generator/model/model.js";
// biome-ignore lint/correctness/useImportExtensions: scripts that run without a build step are called .mjs
import { agreement, type Preparation, preparation } from "../matrix/agreement.mjs";
import { programOf } from "../support/compiler.js";
import { temporaryFolder } from "../support/tree.js";

type Table = Readonly<Record<string, Readonly<Record<string, Check | undefined>>>>;
type Tables = Readonly<Record<"requests" | "responses", Table>>;

const generated = join(import.meta.dirname, "../../generated");

// A read-only view of the two kinds of table: both hold checks under names.
const table = (checks: object): Table => checks as Table;

const tables: Readonly<Record<string, Tables>> = {
  identity: { requests: table(identityRequests), responses: table(identityResponses) },
  "identity-internal": { requests: table(internalRequests), responses: table(internalResponses) },
  "client-server": { requests: table(clientServerRequests), responses: table(clientServerResponses) },
  "client-server-v3": { requests: table(clientServerV3Requests), responses: table(clientServerV3Responses) },
  "server-server": { requests: table(serverServerRequests), responses: table(serverServerResponses) },
};

const pathOf = (name: string): string => join(import.meta.dirname, `virtual/${name}.ts`);

const compile = (modules: ReadonlyMap<string, string>) => ({
  program: programOf([], { skipLibCheck: true }, new Map([...modules].map(([name, text]) => [pathOf(name), text]))),
  pathOf,
});

function prepare(model: ServiceModel, checks = tables[model.name], types = join(generated, model.name)): Preparation {
  const document = JSON.parse(readFileSync(join(generated, model.name, "openapi.json"), "utf8"));
  return preparation("ours", model, checks ?? { requests: {}, responses: {} }, document, types);
}

let services: readonly ServiceModel[];
beforeAll(async () => {
  ({ services } = await loadServices({ root: join(import.meta.dirname, "../../api") }));
});

test("literals that fit compile, mutants do not, and Ajv agrees", () => {
  const prepared = services.map((model) => prepare(model));
  const { trees, wrong } = agreement(prepared, compile);
  writeSync(1, `\nagreement: ${JSON.stringify(trees)}\n`);
  expect(wrong).toEqual([]);
  const [ours] = trees;
  expect(ours?.least).toBeGreaterThanOrEqual(0.99);
  expect(ours?.schemas).toBeGreaterThan(90);
  expect(Math.min(ours?.literals ?? 0, ours?.missing ?? 0, ours?.mistyped ?? 0)).toBeGreaterThan(500);
});

/** The identity service alone, with other types, or other checks, than those that were generated. */
function disagreements(changeTypes: (text: string) => string, checks?: Tables): readonly string[] {
  const identity = services.find(({ name }) => name === "identity");
  if (identity === undefined) return ["there is no service called identity"];
  const folder = temporaryFolder();
  cpSync(join(generated, "seam"), join(folder, "seam"), { recursive: true });
  mkdirSync(join(folder, "identity"));
  for (const name of ["types.ts", "operations.ts"]) {
    const text = readFileSync(join(generated, "identity", name), "utf8");
    writeFileSync(join(folder, "identity", name), changeTypes(text));
  }
  return agreement([prepare(identity, checks, join(folder, "identity"))], compile).wrong;
}

test("types that are too wide or too narrow are found, and a listed place that is gone", () => {
  const wrong = disagreements((types) =>
    types
      .replace(/(interface Sid \{[^}]*sid: )string/u, "$1unknown")
      .replace(/(interface ClaimedInvite \{[^}]*address: )string/u, "$1number")
      .replace(/(interface RequestEmailValidationV1 \{[^}]*send_attempt\?: )[^;]*/u, "$1number"),
  );
  expect(wrong).toContain("the type takes what the check refuses: ours identity Sid type /sid");
  expect(wrong).toContain("listed, and does not occur: ours identity RequestEmailValidationV1 pattern /send_attempt");
  const narrow = wrong.filter((line) => line.startsWith("ours identity T.ClaimedInvite fits and does not compile: {"));
  expect(narrow.length).toBeGreaterThan(3);
});

test("a check that takes what Ajv refuses is found", () => {
  const blind = identityResponses.emailRequestTokenV2?.["200"];
  const responses = Object.entries(table(identityResponses)).map(([id, checks]) => {
    const blinded = Object.entries(checks).map(([status, check]) => [
      status,
      check === blind ? (): undefined => undefined : check,
    ]);
    return [id, Object.fromEntries(blinded)];
  });
  const wrong = disagreements((types) => types, {
    requests: table(identityRequests),
    responses: Object.fromEntries(responses),
  });
  expect(wrong).toContain("ours identity T.Sid: no mutant was refused");
  const differing = wrong.filter((line) => line.startsWith("ours identity T.Sid: the check and Ajv differ about "));
  expect(differing.length).toBeGreaterThan(3);
});
