/**
 * What a service sends, seen from the one who receives it: the same modules as for a service, in a folder of their own.
 * The handlers are the receiver's, the client is the sender's, the types are the service's.
 */

import type { OperationModel, ServiceModel, WebhookModel } from "../model/model.js";

export const webhooksFolder = "webhooks";

/** The operation, with a word about where its request goes. */
function told({ trigger, operation }: WebhookModel): OperationModel {
  if (trigger.kind === "webhook") return operation;
  const { description = "" } = operation;
  return {
    ...operation,
    description: `${description}

Sent to \`${trigger.expression}\`.`.trim(),
  };
}

/** The receiver as a service; undefined where nothing is sent. */
export function receiverOf(model: ServiceModel): ServiceModel | undefined {
  const { name, title, webhooks } = model;
  if (webhooks.length === 0) return undefined;
  return {
    ...model,
    name: `${name}/${webhooksFolder}`,
    title: `the webhooks of ${title}`,
    operations: webhooks.map(told),
    // What every operation of the service may answer is not what its receivers answer.
    implicit: [],
    webhooks: [],
  };
}
