import type { Wording } from "./wording.js";

/** Every text message that is ever sent. */
export interface Sms {
  readonly purpose: "msisdn-validation";
  /** E.164 digits without the plus. */
  readonly to: string;
  readonly code: string;
  /** Whether the code lets whoever has it set a new password; the message says so. */
  readonly resetsPassword?: boolean | undefined;
  readonly wording?: Wording | undefined;
}

/** Sends text messages within a bounded time. */
export interface SmsGateway {
  /** Resolves once the gateway took the message over. Throws a `DeliveryError` otherwise. */
  send(sms: Sms, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
