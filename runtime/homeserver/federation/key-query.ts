/** Other servers' keys, vouched for. Server-Server API, "Querying keys through another server". */

import { responses } from "../../../generated/server-server/responses.js";
import type { Keys } from "../../../generated/server-server/types.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import { protocolError } from "../../protocol/errors.js";
import type { Notary } from "../domain/notary.js";
import type { FederationContext, Given, Section } from "./context.js";

/** What other servers sign may hold anything beside their keys; what is told on has to be what our document says. */
const isKeys = (document: JsonObject): document is JsonObject & Keys =>
  responses.getServerKey["200"]?.(document) === undefined;

/** No honest server has more that others still ask for. */
const mostKeys = 100;

type Wanted = Given<"bulkPerspectivesKeyQuery", "body">["body"]["server_keys"][string];

/** Of the times that a server's keys are wanted for, the latest counts: all keys come in one answer. */
const latest = (wanted: Wanted): number => {
  const keys = Object.values(wanted);
  if (keys.length > mostKeys) {
    throw protocolError("M_INVALID_PARAM", { error: `Please ask for at most ${mostKeys} keys of a server at once.` });
  }
  return keys.reduce((time, key) => Math.max(time, key.minimum_valid_until_ts ?? 0), 0);
};

export const keyQuery = (
  notary: Notary,
): Section<"perspectivesKeyQuery" | "perspectivesKeyQueryById" | "bulkPerspectivesKeyQuery"> => {
  const answer = async (servers: ReadonlyMap<string, number | undefined>, { clientIp }: FederationContext) => {
    const documents = await notary.query({ servers, clientIp });
    return { status: 200, body: { server_keys: documents.filter(isKeys) } } as const;
  };

  const one = ({ params, query }: Given<"perspectivesKeyQuery", "params" | "query">, context: FederationContext) =>
    answer(new Map([[params.serverName, query.minimum_valid_until_ts]]), context);

  return {
    perspectivesKeyQuery: one,
    perspectivesKeyQueryById: one,
    bulkPerspectivesKeyQuery: ({ body }, context) => {
      const servers = Object.entries(body.server_keys).map(([name, wanted]) => [name, latest(wanted)] as const);
      return answer(new Map(servers), context);
    },
  };
};
