/** The service of v3, some of whose operations are found at older places as well. */

import type { Handlers } from "../../../generated/client-server-v3/index.js";
import { type Operations, operations } from "../../../generated/client-server-v3/operations.js";
import { requests } from "../../../generated/client-server-v3/requests.js";
import type { Operation, OperationTable } from "../../../generated/seam/contract.js";
import { createServer, type Server, type ServerArguments } from "../../../generated/seam/server.js";

/** They came with r0.6, and before that by the feature `m.separate_add_and_bind`: clients look for them there. */
const sinceR06 = ["add3PID", "bind3PID", "unbind3pidFromAccount"] as const;

const prefix = "/_matrix/client/v3/";
const olderPrefixes = ["/_matrix/client/r0/", "/_matrix/client/unstable/"];

const under = (older: string, operation: Operation): Operation => ({
  ...operation,
  path: operation.path.replace(prefix, older),
});

const everywhere: OperationTable = {
  ...operations,
  ...Object.fromEntries(
    olderPrefixes.flatMap((older) => sinceR06.map((id) => [`${id} under ${older}`, under(older, operations[id])])),
  ),
};

export const createV3Server = <Context>(handlers: Handlers<Context>, ...policy: ServerArguments<Context>): Server =>
  createServer<Operations, Context>({ operations: everywhere, requests }, handlers, ...policy);
