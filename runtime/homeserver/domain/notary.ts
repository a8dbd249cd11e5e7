/** Vouching for other servers' keys (Server-Server API, "Querying keys through another server"). */

import type { Clock } from "../../ports/clock.js";
import type { KeyDocuments } from "../../ports/key-documents.js";
import type { Limiter } from "../../ports/limiter.js";
import type { JsonObject } from "../../protocol/canonical-json.js";
import { protocolError } from "../../protocol/errors.js";
import { parseServerName } from "../../protocol/identifiers.js";
import { limitTo } from "../../validation/dispatch.js";
import type { PublishedKeys } from "./published-keys.js";

export interface KeyQuery {
  /** Until when (ms since 1970) the keys of each server should be valid, by server name; now where it is undefined. */
  readonly servers: ReadonlyMap<string, number | undefined>;
  readonly clientIp: string;
}

export interface Notary {
  /**
   * What each server publishes about itself, signed by this one too. Servers of which nothing is known are left out.
   *
   * @throws ProtocolError M_INVALID_PARAM for too many servers, M_LIMIT_EXCEEDED.
   */
  query(query: KeyQuery): Promise<readonly JsonObject[]>;
}

interface NotaryPorts {
  readonly publishedKeys: PublishedKeys;
  readonly keyDocuments: KeyDocuments;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly serverName: string;
}

/** Each of them is a server that we go and ask because a stranger says so. */
const mostServers = 100;

export const notary = (ports: NotaryPorts): Notary => {
  const { publishedKeys, keyDocuments, limiter, clock, serverName } = ports;

  const vouchedFor = async (name: string, validUntil: number | undefined): Promise<readonly JsonObject[]> => {
    if (name === serverName) return [await publishedKeys.document()];
    const now = clock.now();
    const document = await keyDocuments.last(name, Math.max(validUntil ?? now, now));
    return document === undefined ? [] : [await publishedKeys.cosigned(document)];
  };

  return {
    async query({ servers, clientIp }) {
      if (servers.size > mostServers) {
        throw protocolError("M_INVALID_PARAM", { error: `Please ask for at most ${mostServers} servers at once.` });
      }
      const named = [...servers].filter(([name]) => parseServerName(name) !== undefined);
      const others = named.filter(([name]) => name !== serverName).length;
      await limitTo(limiter, "keys.ip", clientIp, others);
      const found = await Promise.all(named.map(([name, validUntil]) => vouchedFor(name, validUntil)));
      return found.flat();
    },
  };
};
