import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
// biome-ignore lint/correctness/useImportExtensions: scripts that run without a build step are called .mjs
import type { Agreement } from "./agreement.mjs";

interface ServiceReport {
  readonly name: string;
  readonly operations: number;
  readonly repeated: readonly string[];
  readonly unknowns: Readonly<Record<string, number>>;
  readonly examples: { readonly checked: number; readonly misfits: readonly string[] };
}

interface TreeReport {
  readonly name: string;
  readonly tolerated: number;
  readonly warnings: readonly string[];
  readonly services: readonly ServiceReport[];
}

interface Report {
  readonly state: "run" | "not run";
  readonly trees: readonly TreeReport[];
  readonly compiled: readonly {
    readonly compiler: string;
    readonly resolution: string;
    readonly errors: readonly string[];
  }[];
  readonly agreed: Agreement;
}

const published = join(import.meta.dirname, "../../../shared/specs");
const isThere = existsSync(published);

/** What the run must find; nothing where the documents are not beside the checkout. */
const found = <T>(expected: readonly T[]): readonly T[] => (isThere ? expected : []);

/** Examples of the published documents that break the schema they stand in, each looked at. */
const misfits = found([
  ["2019-08", "api/application-service/definitions/protocol.yaml:68", "required property 'fieldname'"],
  ["2019-08", "api/application-service/definitions/protocol_metadata.yaml:18", "required property 'fieldname'"],
  ["2019-08", "api/client-server/definitions/auth_data.yaml:31", "must be object"],
  ["2019-08", "api/client-server/pushrules.yaml:476", "one of the allowed values"],
  ["2019-08", "api/server-server/definitions/keys.yaml:38", "required property 'key'"],
  ["2019-08", "api/server-server/definitions/keys.yaml:61", "required property 'expired_ts'"],
  ["2019-08", "api/server-server/definitions/keys.yaml:85", "must be string"],
  ["2019-08", "api/server-server/user_keys.yaml:96", "must be string"],
  ["2026-07", "api/client-server/third_party_lookup.yaml:39", "required property 'icon'"],
]);

describe("the protocol's two trees", () => {
  let report: Report;
  beforeAll(async () => {
    const run = join(import.meta.dirname, "run.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [run, "--json"], { maxBuffer: 2 ** 26 });
    report = JSON.parse(stdout);
  }, 400_000);

  test("are generated whole, one service for each folder", () => {
    expect(report.state).toBe(isThere ? "run" : "not run");
    const counts = report.trees.map(({ name, services }) => [
      name,
      Object.fromEntries(services.map((service) => [service.name, service.operations])),
    ]);
    expect(counts).toEqual(
      found([
        [
          "2019-08",
          { "application-service": 8, "client-server": 115, identity: 32, "push-gateway": 1, "server-server": 31 },
        ],
        [
          "2026-07",
          { "application-service": 9, "client-server": 165, identity: 23, "push-gateway": 1, "server-server": 36 },
        ],
      ]),
    );
  });

  test("compile under both compilers and both ways to resolve, libraries checked too", () => {
    expect(report.compiled.map(({ compiler, resolution, errors }) => [compiler, resolution, errors])).toEqual(
      found([
        ["typescript", "NodeNext", []],
        ["typescript7", "NodeNext", []],
        ["typescript", "Bundler", []],
        ["typescript7", "Bundler", []],
      ]),
    );
  });

  test("hold each schema file and each name once", () => {
    expect(report.trees.flatMap(({ services }) => services.flatMap(({ repeated }) => repeated))).toEqual([]);
  });

  test("need no other tolerance, and warn of examples alone: of those that lead nowhere or do not fit", () => {
    expect(report.trees.map(({ name, tolerated }) => [name, tolerated])).toEqual(
      found([
        ["2019-08", 46],
        ["2026-07", 5],
      ]),
    );
    const warnings = report.trees.flatMap((tree) => tree.warnings.map((warning) => warning.split("  ")[0]));
    const dangling = warnings.filter((warning) => /invites/u.test(`${warning}`));
    expect(dangling).toEqual(found(["api/server-server/invites-v1.yaml:138", "api/server-server/invites-v2.yaml:134"]));
    // Everything else that is told is an example that breaks its schema; these lie outside the schemas with names.
    const places = new Set(misfits.map(([, place]) => place));
    const others = warnings.filter((warning) => !dangling.includes(warning) && !places.has(`${warning}`));
    expect(others).toEqual(found(["api/client-server/content-repo.yaml:58"]));
  });

  test("leave open what their documents leave open", () => {
    const services = report.trees.flatMap((tree) => tree.services);
    const sum = (kind: string): number => services.reduce((total, { unknowns }) => total + (unknowns[kind] ?? 0), 0);
    const kinds = [...new Set(services.flatMap(({ unknowns }) => Object.keys(unknowns)))].sort();
    expect(kinds.map((kind) => [kind, sum(kind)])).toEqual(
      found([
        ["anything", 16],
        ["free-form object", 220],
        ["undescribed extras", 11],
      ]),
    );
  });

  test("agree: types with checks about literals and mutants, checks with Ajv about values", () => {
    expect(report.agreed.wrong).toEqual([]);
    const learned = report.agreed.trees.map(({ tree, schemas, inputs, valid, least, literals, missing, mistyped }) => ({
      tree,
      isWhole: schemas > (tree === "2019-08" ? 400 : 520),
      isEnough: inputs > 70 * schemas && valid > 0.45 * inputs && least >= 0.99,
      isTyped: literals > 5 * schemas && missing > 5 * schemas && mistyped > 7 * schemas,
    }));
    expect(learned).toEqual(
      found([
        { tree: "2019-08", isWhole: true, isEnough: true, isTyped: true },
        { tree: "2026-07", isWhole: true, isEnough: true, isTyped: true },
      ]),
    );
  });

  test("have examples that fit their schemas, but for those that are wrong in the documents", () => {
    const services = report.trees.flatMap(({ name, services: all }) => all.map((service) => ({ name, service })));
    const checked = services.reduce((total, { service }) => total + service.examples.checked, 0);
    expect(checked > 1500).toBe(isThere);
    const lines = services.flatMap(({ name, service }) => service.examples.misfits.map((line) => `${name} ${line}`));
    const unexpected = [...new Set(lines)].filter(
      (line) =>
        !misfits.some(([tree, place, reason]) => line.startsWith(`${tree} ${place}  `) && line.includes(`${reason}`)),
    );
    expect(unexpected).toEqual([]);
    expect(new Set(lines).size).toBe(misfits.length);
  });
});
