/**
 * What prints TypeScript, loaded by `require`: where CommonJS is imported, its megabytes are parsed twice more, for the
 * kind of module it is and for the names in it, which takes longer than loading it.
 */

import { createRequire } from "node:module";
import type * as OpenapiTypescript from "openapi-typescript";
import type * as TsMorph from "ts-morph";
import type Typescript from "typescript";

const require = createRequire(import.meta.url);

export const typescript: typeof Typescript = require("typescript");

export const {
  default: openapiTypescript,
  resolveRef,
  transformSchema,
  transformSchemaObject,
}: typeof OpenapiTypescript = require("openapi-typescript");

export const {
  IndentationText,
  Project,
  QuoteKind,
  StructureKind,
  VariableDeclarationKind,
}: typeof TsMorph = require("ts-morph");
