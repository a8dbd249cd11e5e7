import type ts from "typescript";
import type { ServiceModel } from "../../generator/model/model.js";
import type { Check } from "../../generator/seam/contract.js";

type Table = Readonly<Record<string, Readonly<Record<string, Check | undefined>>>>;

/** One service: its schemas with their values, and the module of literals. */
export interface Preparation {
  readonly tree: string;
  readonly service: string;
  readonly text: string;
}

export interface TreeAgreement {
  readonly tree: string;
  readonly schemas: number;
  readonly inputs: number;
  readonly valid: number;
  /** The least share of values made to fit a schema that do. */
  readonly least: number;
  /** Literals that fit, and have to compile. */
  readonly literals: number;
  readonly missing: number;
  readonly mistyped: number;
}

export interface Agreement {
  readonly trees: readonly TreeAgreement[];
  /** Listed places where a type takes what its check refuses. */
  readonly loose: number;
  readonly formats: readonly string[];
  /** Everything that no list explains, and what is listed and does not occur. */
  readonly wrong: readonly string[];
}

export function preparation(
  tree: string,
  model: ServiceModel,
  tables: { readonly requests: Table; readonly responses: Table },
  document: object,
  from: string,
): Preparation;

export function agreement(
  prepared: readonly Preparation[],
  compile: (modules: ReadonlyMap<string, string>) => {
    readonly program: ts.Program;
    readonly pathOf: (name: string) => string;
  },
): Agreement;
