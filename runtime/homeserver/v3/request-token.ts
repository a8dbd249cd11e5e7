/** Having addresses validated, with the codes of today's documents. */

import { ProtocolError, protocolError } from "../../protocol/errors.js";
import type { RequestToken } from "../domain/request-token.js";
import * as everyEra from "../request-token.js";
import type { Section } from "./context.js";

/** Codes of the identity service, for which this API has one of its own. */
const forInvalidAddresses = new Set(["M_INVALID_EMAIL", "M_INVALID_ADDRESS"]);

const translated = (error: unknown): unknown =>
  error instanceof ProtocolError && forInvalidAddresses.has(error.errcode)
    ? protocolError("M_INVALID_PARAM", { error: error.message })
    : error;

const translating =
  <Request, Answer>(ask: (request: Request) => Promise<Answer>) =>
  async (request: Request): Promise<Answer> => {
    try {
      return await ask(request);
    } catch (error) {
      throw translated(error);
    }
  };

export const requestTokens = ({ email, msisdn }: RequestToken): Section<everyEra.RequestTokenOperation> =>
  everyEra.requestTokens({ email: translating(email), msisdn: translating(msisdn) }, "/_threepid/client/v3");
