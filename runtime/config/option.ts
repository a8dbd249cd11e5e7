/**
 * The vocabulary of the configuration's schema: the part of JSON Schema (2020-12) that options need, with a
 * description on everything. `as const satisfies SectionSchema` keeps the literal types that
 * {@link ValueOf} turns into the configuration's TypeScript type.
 */

interface Described {
  /** One or two sentences for the operator; printed in the sample and the reference. */
  readonly description: string;
  /** Shown in the sample where there is no default. */
  readonly examples?: readonly unknown[];
}

export interface TextSchema extends Described {
  readonly type: "string";
  readonly default?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** What the pattern wants, in words: completes "must be ...". */
  readonly "x-wants"?: string;
  readonly minLength?: number;
  /** A password or key: never printed in an error. */
  readonly "x-secret"?: true;
}

export interface NumberSchema extends Described {
  readonly type: "integer" | "number";
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface FlagSchema extends Described {
  readonly type: "boolean";
  readonly default?: boolean;
}

/** What an element of a list or a value of a map may be: described by the option that holds it. */
export type ElementSchema =
  | Omit<TextSchema, "description">
  | Omit<NumberSchema, "description">
  | { readonly type: "array"; readonly items: ElementSchema; readonly minItems?: number }
  | Omit<SectionSchema, "description">;

export interface ListSchema extends Described {
  readonly type: "array";
  readonly items: ElementSchema;
  readonly default?: readonly unknown[];
  readonly minItems?: number;
}

/** Names of the operator's choosing, each with a value of one type. */
export interface MapSchema extends Described {
  readonly type: "object";
  readonly additionalProperties: ElementSchema;
  readonly default?: Readonly<Record<string, unknown>>;
}

export type OptionSchema = TextSchema | NumberSchema | FlagSchema | ListSchema | MapSchema;

export interface SectionSchema extends Described {
  readonly type: "object";
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, OptionSchema | SectionSchema>>;
  readonly required?: readonly string[];
  /** `{}` makes the section always present, filled with its options' defaults. */
  readonly default?: Readonly<Record<never, never>>;
}

/** The TypeScript type of a value that fits the schema, after defaults were applied. */
export type ValueOf<S> = S extends { readonly enum: readonly (infer Member)[] }
  ? Member
  : S extends { readonly type: "string" }
    ? string
    : S extends { readonly type: "integer" | "number" }
      ? number
      : S extends { readonly type: "boolean" }
        ? boolean
        : S extends { readonly type: "array"; readonly items: infer Items }
          ? readonly ValueOf<Items>[]
          : S extends { readonly properties: infer Properties }
            ? Section<Properties, S extends { readonly required: readonly (infer Name)[] } ? Name : never>
            : S extends { readonly additionalProperties: infer Values }
              ? { readonly [name: string]: ValueOf<Values> }
              : never;

/** Present in every loaded configuration: options that are required, and options that have a default. */
type Present<Properties, Required> = {
  [Name in keyof Properties]: Name extends Required
    ? Name
    : Properties[Name] extends { readonly default: unknown }
      ? Name
      : never;
}[keyof Properties];

type Section<Properties, Required> = {
  readonly [Name in Present<Properties, Required>]: ValueOf<Properties[Name]>;
} & {
  readonly [Name in Exclude<keyof Properties, Present<Properties, Required>>]?: ValueOf<Properties[Name]>;
};

export function isSection(schema: OptionSchema | SectionSchema): schema is SectionSchema {
  return "properties" in schema;
}
