/** The fixture trees, loaded. */

import { fileURLToPath } from "node:url";
import type { Diagnostic } from "../../../generator/errors.js";
import { GenerationError } from "../../../generator/errors.js";
import { loadServices } from "../../../generator/load/services.js";
import type { NamedSchema, OperationModel, Schema, ServiceModel } from "../../../generator/model/model.js";

export const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** A service of a positive fixture, with its operations and schemas by name. */
export class Loaded {
  readonly model: ServiceModel;
  readonly warnings: readonly Diagnostic[];

  constructor(model: ServiceModel, warnings: readonly Diagnostic[]) {
    this.model = model;
    this.warnings = warnings;
  }

  operation(id: string): OperationModel {
    const operation = this.model.operations.find((one) => one.id === id);
    if (operation === undefined) throw new Error(`no operation ${id}`);
    return operation;
  }

  named(name: string): NamedSchema {
    const named = this.model.schemas.find((one) => one.name === name);
    if (named === undefined) throw new Error(`no schema ${name}`);
    return named;
  }

  schema(name: string): Schema {
    return this.named(name).schema;
  }

  property(name: string, property: string): Schema | undefined {
    return this.schema(name).properties?.[property];
  }
}

/** Loads one service of a fixture; the only one unless named. */
export const load = async (fixture: string, service?: string): Promise<Loaded> => {
  const { services, warnings } = await loadServices({ root: `${fixtures}positive/${fixture}` });
  const model = services.find(({ name }) => service === undefined || name === service);
  if (model === undefined) throw new Error(`no service ${service}`);
  return new Loaded(model, warnings);
};

/** What is wrong with a tree. */
export const problemsOf = async (root: string, allowRemote = false): Promise<readonly Diagnostic[]> => {
  try {
    await loadServices({ root, allowRemote });
    return [];
  } catch (error) {
    if (error instanceof GenerationError) return error.diagnostics;
    throw error;
  }
};
