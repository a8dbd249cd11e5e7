/** A server for any document: every operation answers what `answers.ts` makes of it, through the seam. */

import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { operationData } from "../emit/operation-data.js";
import { namedSchemas } from "../emit/parts.js";
import { liveChecks } from "../emit/validators.js";
import type { OperationModel, ServiceModel } from "../model/model.js";
import type { OperationTypes } from "../seam/contract.js";
import { checkOf } from "../seam/encode.js";
import { toNodeListener } from "../seam/node.js";
import { type Admission, createServer, type HandlersOf, openPolicy, type Server } from "../seam/server.js";
import { mockAnswer, responseFor, responseWith, usualResponse } from "./answers.js";

type AnyOperations = Readonly<Record<string, OperationTypes>>;

/** What a caller asks to see, by `Prefer: code=404` and `Prefer: example=name`. */
function preferred(request: Admission["request"]) {
  const prefer = request.header("prefer") ?? "";
  const [, code] = /(?:^|[\s,;])(?:code|status)=["']?([1-5]\d\d)\b/u.exec(prefer) ?? [];
  const [, quoted, bare] = /(?:^|[\s,;])example=(?:"([^"]*)"|([^\s,;"]+))/u.exec(prefer) ?? [];
  return { code, example: quoted ?? bare };
}

/** Serves a service with made answers; each is checked against the document before it leaves. */
export function createMock(model: ServiceModel): Server {
  const { requests, responses } = liveChecks(model);
  const schemas = namedSchemas(model);
  const operations = Object.fromEntries(
    model.operations.map((operation) => [operation.id, operationData(model, operation)]),
  );
  const handlerOf =
    (operation: OperationModel) =>
    (_request: unknown, { request }: Admission) => {
      const { code, example } = preferred(request);
      const asked = code === undefined ? undefined : responseFor(operation, code);
      const shown = example === undefined ? undefined : responseWith(operation, example);
      const response = asked ?? shown ?? usualResponse(operation);
      if (response === undefined) return { status: 204, headers: {} };
      const status = asked === undefined ? undefined : Number(code);
      const declared = operations[operation.id]?.responses[response.status];
      const check = (mediaType: string) => checkOf(responses[operation.id], response.status, mediaType);
      return mockAnswer(response, declared, schemas, check, { status, example, accept: request.header("accept") });
    };
  const handlers = Object.fromEntries(model.operations.map((operation) => [operation.id, handlerOf(operation)]));
  return createServer<AnyOperations, Admission>(
    { operations, requests },
    // Types of operations exist only where code is generated; the seam checks each of these answers instead.
    handlers as unknown as HandlersOf<AnyOperations, Admission>,
    openPolicy,
    { responses },
  );
}

/** The first server that has the path of a request answers it. */
function anyOf(servers: readonly [Server, ...Server[]]): Pick<Server, "answer" | "serves"> {
  const serves = (target: string): boolean => servers.some((server) => server.serves(target));
  return {
    serves,
    answer: (request) => (servers.find((server) => server.serves(request.target)) ?? servers[0]).answer(request),
  };
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** A port that another program has is said in words, with the way out; everything else in node's own. */
const inWords = (error: NodeJS.ErrnoException, { host, port }: { readonly host: string; readonly port: number }) =>
  error.code === "EADDRINUSE"
    ? new Error(`port ${port} on ${host} is in use by another program; choose another with --port`, { cause: error })
    : error;

/** Listens for all services on one port. Rejects where the port is taken. */
export async function listenMock(
  models: readonly ServiceModel[],
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const [first, ...others] = models.map(createMock);
  if (first === undefined) throw new Error("the documents describe no service");
  const server = createHttpServer(toNodeListener(anyOf([first, ...others])));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(inWords(error, { host, port })));
    server.listen(port, host, resolve);
  });
  const { address, port: chosen, family } = server.address() as AddressInfo; // What a server that listens on a port has.
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${chosen}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
