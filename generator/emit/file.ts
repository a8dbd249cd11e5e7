import type { ServiceModel } from "../model/model.js";

/** A generated file, before it is written. */
export interface EmittedFile {
  /** Relative to the folder of generated code, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** What every emitter is: a pure function from one service's model to its files. */
export type Emitter = (model: ServiceModel) => readonly EmittedFile[] | Promise<readonly EmittedFile[]>;
