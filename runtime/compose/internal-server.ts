/** The internal API on its own port. */

import { createServer, type Handlers } from "../../generated/identity-internal/index.js";
import { responses } from "../../generated/identity-internal/responses.js";
import type { Configuration, IdentityOptions } from "../config/schema.js";
import { httpListener } from "../http/node-listener.js";
import { operatorPolicy } from "../http/operator-policy.js";
import type { Metrics } from "../observe/metrics.js";
import type { Logger } from "../ports/logger.js";
import { type Listener, listening } from "./listener.js";
import { observing } from "./measured.js";

/** One association. */
const maxBodyBytes = 16_384;

export const internalServer = (
  handlers: Handlers<unknown>,
  { listen, secret }: IdentityOptions["internal"],
  { development, http }: Configuration,
  around: { readonly log: Logger; readonly metrics: Metrics | undefined },
): Listener => {
  const { log, metrics } = around;
  const policy = operatorPolicy({ secret, log, maxBodyBytes, ...observing(metrics, "internal") });
  const server = createServer(handlers, policy, development.check_answers ? { responses } : {});
  return listening(
    "identity.internal",
    listen,
    httpListener(server, { ...listen, requestTimeoutMs: http.request_timeout_ms, log }),
  );
};
