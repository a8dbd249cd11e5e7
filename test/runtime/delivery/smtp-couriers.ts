/** Couriers to mail servers of a test's own. */

import { type SmtpSettings, smtpCourier } from "../../../runtime/delivery/smtp-courier.js";
import { messageTemplates } from "../../../runtime/delivery/templates.js";
import type { Courier } from "../../../runtime/ports/courier.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { fakeClock } from "../fakes.js";

const couriers: Courier[] = [];

/** Closed by {@link closeCouriers}. */
export const courier = (port: number, overrides: Partial<SmtpSettings> = {}): Courier => {
  const made = smtpCourier(
    { templates: messageTemplates("Example"), clock: fakeClock(), random: systemRandom },
    {
      host: "127.0.0.1",
      port,
      tls: "none",
      sender: { address: "noreply@id.example", name: "Example, Inc." },
      maxConnections: 2,
      timeoutMs: 20_000,
      maxUnderway: 100,
      ...overrides,
    },
  );
  couriers.push(made);
  return made;
};

export const closeCouriers = async (): Promise<void> => {
  for (const made of couriers.splice(0)) await made.close();
};

/** A mail to send. */
export const code = (to: string) => ({ purpose: "email-code", to, code: "123456" }) as const;
