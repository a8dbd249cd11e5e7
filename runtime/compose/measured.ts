/** Figures of what the servers do, where the operator wants any; without, nothing is counted and nothing is loaded. */

import type { Observation } from "../../generated/seam/server.js";
import type { Configuration } from "../config/schema.js";
import type { IdentityHandlers } from "../identity/context.js";
import type { Metrics } from "../observe/metrics.js";
import type { Clock } from "../ports/clock.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { Homeservers } from "../ports/homeservers.js";
import type { Delivery } from "./delivery.js";

export const metricsOf = async ({ observe }: Configuration, around: { readonly clock: Clock }) => {
  if (!observe.enabled) return undefined;
  const { prometheusMetrics } = await import("../observe/metrics.js");
  return prometheusMetrics(around);
};

/** The policy's part that counts a server's answers. */
export const observing = (metrics: Metrics | undefined, service: string) => {
  if (metrics === undefined) return {};
  const answered = metrics.answers(service);
  return {
    observe: ({ exchange, status, milliseconds }: Observation<unknown>): void =>
      answered(exchange.operation?.id ?? "none", status, milliseconds),
  };
};

export const measuredDelivery = async (delivery: Delivery, metrics: Metrics | undefined): Promise<Delivery> => {
  if (metrics === undefined) return delivery;
  const { measuredCourier, measuredSms } = await import("../observe/measured.js");
  return {
    ...delivery,
    courier: measuredCourier(delivery.courier, metrics),
    sms: measuredSms(delivery.sms, metrics),
  };
};

interface Asked {
  readonly homeservers: Homeservers;
  readonly homeserverKeys: HomeserverKeys;
}

export const measuredHomeservers = async (asked: Asked, metrics: Metrics | undefined): Promise<Asked> => {
  if (metrics === undefined) return asked;
  const measured = await import("../observe/measured.js");
  return {
    homeservers: measured.measuredHomeservers(asked.homeservers, metrics),
    homeserverKeys: measured.measuredHomeserverKeys(asked.homeserverKeys, metrics),
  };
};

/** Lookups, with the addresses that were asked for and found counted. */
export const measuredLookups = (handlers: IdentityHandlers, metrics: Metrics | undefined): IdentityHandlers => {
  if (metrics === undefined) return handlers;
  return {
    ...handlers,
    lookupUser: async (given, context) => {
      const answer = await handlers.lookupUser(given, context);
      metrics.lookup("v1", 1, "mxid" in answer.body ? 1 : 0);
      return answer;
    },
    lookupUsers: async (given, context) => {
      const answer = await handlers.lookupUsers(given, context);
      if (answer.status === 200) metrics.lookup("v1", given.body.threepids.length, answer.body.threepids.length);
      return answer;
    },
    lookupUsersV2: async (given, context) => {
      const answer = await handlers.lookupUsersV2(given, context);
      if (answer.status === 200) {
        metrics.lookup("v2", given.body.addresses.length, Object.keys(answer.body.mappings).length);
      }
      return answer;
    },
  };
};
