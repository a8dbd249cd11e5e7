/** Other servers' keys, vouched for. Server-Server API, "Querying keys through another server". */

import { responses } from "../../../generated/server-server/responses.js";
import type { Keys } from "../../../generated/server-server/types.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import type { Notary } from "../domain/notary.js";
import type { FederationContext, Given, Section } from "./context.js";

/** What other servers sign may hold anything beside their keys; what is told on has to be what our document says. */
const isKeys = (document: JsonObject): document is JsonObject & Keys =>
  responses.getServerKey["200"]?.(document) === undefined;

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
    /** Of the times that a server's keys are wanted for, the latest counts: all keys come in one answer. */
    bulkPerspectivesKeyQuery: ({ body }, context) => {
      const servers = Object.entries(body.server_keys).map(([name, wanted]) => {
        const times = Object.values(wanted).map((key) => key.minimum_valid_until_ts ?? 0);
        return [name, Math.max(0, ...times)] as const;
      });
      return answer(new Map(servers), context);
    },
  };
};
