/** Validation over a storage in memory, with everything that leaves it in the test's hands. */

import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { baseMigrations } from "../../../runtime/storage/migrations/base.js";
import { openSqlite } from "../../../runtime/storage/sqlite/connection.js";
import { migrate } from "../../../runtime/storage/sqlite/migrate.js";
import { sqliteValidationSessions } from "../../../runtime/storage/sqlite/validation-sessions.js";
import {
  defaultValidationSettings,
  type EmailRequest,
  type TokenSubmission,
  validation,
} from "../../../runtime/validation/validation.js";
import { fakeClock, fakeCourier, fakeLimiter, fakePages, fakeSms } from "../fakes.js";

export const setUp = (settings = defaultValidationSettings) => {
  const connection = openSqlite(":memory:");
  migrate(connection, baseMigrations, 0);
  const ports = {
    sessions: sqliteValidationSessions(connection),
    courier: fakeCourier(),
    sms: fakeSms(),
    pages: fakePages,
    clock: fakeClock(),
    limiter: fakeLimiter(),
    random: systemRandom,
  };
  const it = validation(ports, settings);
  const link = (index = -1): TokenSubmission => {
    const mail = ports.courier.sent.at(index);
    if (mail?.purpose !== "email-validation") throw new Error("expected a mail with a link");
    const { searchParams } = new URL(mail.link);
    const value = (name: string) => searchParams.get(name) ?? "";
    return { sid: value("sid"), clientSecret: value("client_secret"), token: value("token") };
  };
  return { ...ports, ...it, link };
};

export const byLink = { by: "link", submitUrl: "https://id.example/submitToken" } as const;

export const email = (overrides: Partial<EmailRequest> = {}): EmailRequest => ({
  email: "Alice@example.org",
  clientSecret: "secret",
  sendAttempt: 1,
  clientIp: "192.0.2.1",
  proof: byLink,
  ...overrides,
});

export const phone = {
  country: "GB",
  phoneNumber: "07400 123456",
  clientSecret: "secret",
  sendAttempt: 1,
  clientIp: "192.0.2.1",
};
