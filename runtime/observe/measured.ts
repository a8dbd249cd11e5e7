/** Ports that leave the machine, with their outcomes counted. */

import type { Courier } from "../ports/courier.js";
import { DeliveryError } from "../ports/delivery-error.js";
import type { HomeserverKeys } from "../ports/homeserver-keys.js";
import type { Homeservers } from "../ports/homeservers.js";
import type { SmsGateway } from "../ports/sms.js";
import type { Metrics } from "./metrics.js";

interface Sends<Message> {
  send(message: Message, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const measuredSending = <Message>(port: Sends<Message>, count: (outcome: string) => void): Sends<Message> => ({
  send: async (message, signal) => {
    try {
      await port.send(message, signal);
      count("sent");
    } catch (error) {
      count(error instanceof DeliveryError ? error.failure : "failed");
      throw error;
    }
  },
  close: () => port.close(),
});

export const measuredCourier = (courier: Courier, { message }: Metrics): Courier =>
  measuredSending(courier, (outcome) => message("email", outcome));

export const measuredSms = (sms: SmsGateway, { message }: Metrics): SmsGateway =>
  measuredSending(sms, (outcome) => message("sms", outcome));

export const measuredHomeservers = (homeservers: Homeservers, { homeserver }: Metrics): Homeservers => ({
  userinfo: async (...given) => {
    const answer = await homeservers.userinfo(...given);
    homeserver("userinfo", answer.outcome);
    return answer;
  },
  onbind: async (...given) => {
    const answer = await homeservers.onbind(...given);
    homeserver("onbind", answer.outcome);
    return answer;
  },
});

export const measuredHomeserverKeys = (keys: HomeserverKeys, { homeserver }: Metrics): HomeserverKeys => ({
  publicKey: async (...given) => {
    const key = await keys.publicKey(...given);
    homeserver("keys", key === undefined ? "unknown" : "answered");
    return key;
  },
});
