/** The context that handlers get, made once per request. */

import type { RawRequest } from "../../generated/seam/server.js";
import type { LogFields, Logger } from "../ports/logger.js";
import type { RequestContext } from "../ports/requester.js";
import { clientAddress } from "./client-address.js";

/** A logger whose every line names the request. */
const naming = (log: Logger, requestId: string): Logger => ({
  debug: (message, fields?: LogFields) => log.debug(message, { ...fields, requestId }),
  info: (message, fields?: LogFields) => log.info(message, { ...fields, requestId }),
  warn: (message, fields?: LogFields) => log.warn(message, { ...fields, requestId }),
  error: (message, fields?: LogFields) => log.error(message, { ...fields, requestId }),
});

/** What is costly is made when it is asked for: most requests are answered without an id or a logger of their own. */
export class HttpContext<Requester> implements RequestContext<Requester> {
  readonly requester: Requester | undefined;
  readonly method: string;
  readonly target: string;
  readonly #request: RawRequest;
  readonly #log: Logger;
  #requestId: string | undefined;

  constructor(request: RawRequest, log: Logger, requester: Requester | undefined) {
    this.requester = requester;
    this.method = request.method;
    this.target = request.target;
    this.#request = request;
    this.#log = log;
  }

  get clientIp(): string {
    return clientAddress(this.#request.remoteAddress);
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  /** Names this request in the log and to whoever reports its failure. */
  get requestId(): string {
    this.#requestId ??= crypto.randomUUID();
    return this.#requestId;
  }

  get log(): Logger {
    return naming(this.#log, this.requestId);
  }

  header(name: string): string | undefined {
    return this.#request.header(name.toLowerCase());
  }
}
