/** Having addresses validated, as every era has it. */

import type { RequestToken } from "../domain/request-token.js";
import * as everyEra from "../request-token.js";
import type { Section } from "./context.js";

export const requestTokens = (requestToken: RequestToken): Section<everyEra.RequestTokenOperation> =>
  everyEra.requestTokens(requestToken, "/_threepid/client/r0");
