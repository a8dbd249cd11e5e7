/** All emitters of a service, in the order in which a reader meets their files. */

import type { ServiceModel } from "../model/model.js";
import { emitCalls } from "./calls.js";
import { emitClient } from "./client.js";
import type { EmittedFile, Emitter } from "./file.js";
import { emitHandlers } from "./handlers.js";
import { emitOpenapi } from "./openapi.js";
import { emitOperations } from "./operations.js";
import { preamble } from "./preamble.js";
import { emitReadme } from "./readme.js";
import { emitReference } from "./reference.js";
import { emitIndex } from "./service-index.js";
import { emitTypes } from "./types.js";
import { emitValidators } from "./validators.js";
import { receiverOf } from "./webhooks.js";

const emitters: readonly Emitter[] = [
  emitOpenapi,
  emitTypes,
  emitOperations,
  emitCalls,
  emitHandlers,
  emitValidators,
  emitClient,
  emitIndex,
  emitReadme,
];

/** What whoever receives webhooks needs; their types are the service's. */
const ofReceivers: readonly Emitter[] = [
  emitOperations,
  emitCalls,
  emitHandlers,
  emitValidators,
  emitClient,
  emitIndex,
];

/** JSON has no comments: its input is told by the modules beside it. */
const takesPreamble = /\.(?:ts|js)$/;

/** What is emitted only where it is asked for. */
interface Extras {
  /** Also `reference.html`. */
  readonly reference: boolean;
}

/** Every generated file of one service. */
export async function emitService(model: ServiceModel, extras: Extras = { reference: false }): Promise<EmittedFile[]> {
  const head = preamble(model);
  const files: EmittedFile[] = [];
  const wanted = extras.reference ? [...emitters, emitReference] : emitters;
  for (const emit of wanted) files.push(...(await emit(model)));
  const receiver = receiverOf(model);
  if (receiver !== undefined) for (const emit of ofReceivers) files.push(...(await emit(receiver)));
  return files.map(({ path, text }) => ({ path, text: takesPreamble.test(path) ? `${head}\n${text}` : text }));
}
