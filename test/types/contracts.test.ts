import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { codesByFile } from "../support/compiler.js";
import { seamCases } from "./seam-cases.js";
import { serviceCases } from "./service-cases.js";

const cases = [...seamCases, ...serviceCases];

const virtualPath = (index: number, kind: "wrong" | "right"): string =>
  join(import.meta.dirname, `case-${index}-${kind}.ts`);

let codes: Map<string, number[]>;
beforeAll(() => {
  const sources = cases.flatMap(({ source, wrong, right }, index) => [
    [virtualPath(index, "wrong"), source(wrong)] as const,
    [virtualPath(index, "right"), source(right)] as const,
  ]);
  codes = codesByFile(new Map(sources));
});

test.each(cases.map((entry, index) => ({ ...entry, index })))(
  "$name does not compile, its twin does",
  ({ index, code }) => {
    expect(codes.get(virtualPath(index, "wrong"))).toContain(code);
    expect(codes.get(virtualPath(index, "right"))).toEqual([]);
  },
);
