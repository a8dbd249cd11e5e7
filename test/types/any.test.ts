import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modulesBelow, programOf } from "../support/compiler.js";
import { walkExports } from "../support/type-walk.js";

const generated = join(import.meta.dirname, "../../generated");

test("nothing that generated code exports is any", () => {
  const { any, unknown, visited } = walkExports(programOf(modulesBelow(generated)), generated);
  const documented = ["identity", "identity-internal", "client-server", "client-server-v3", "server-server"].map(
    (service) => {
      const text = readFileSync(join(generated, service, "types.ts"), "utf8");
      return `${service} ${text.match(/\bunknown\b/g)?.length ?? 0}`;
    },
  );
  writeSync(
    1,
    `\ntypes: ${visited} looked at, ${unknown.length} of them unknown; written in types.ts: ${documented.join(", ")}\n`,
  );
  expect(visited).toBeGreaterThan(1000);
  expect(any).toEqual([]);
});

test("the walk finds any wherever it hides", () => {
  const folder = join(import.meta.dirname, "virtual");
  const source = `
    export interface Deep { readonly list: readonly { readonly inner: Promise<any> }[] }
    export type Union = string | ((given: any) => void);
    export const value: Record<string, any> = {};
    export type Alias<T> = T extends string ? any : never;
    export function generic<T extends { readonly x: any }>(given: T): T { return given; }
  `;
  const path = join(folder, "any.ts");
  const { any } = walkExports(programOf([], {}, new Map([[path, source]])), folder);
  const hiding = new Set(any.map((place) => /any\.ts (\w+)/.exec(place)?.[1]));
  expect([...hiding].sort()).toEqual(["Alias", "Deep", "Union", "generic", "value"]);
});
