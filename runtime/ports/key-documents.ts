/** What homeservers publish about their keys, for a notary that passes it on. */

import type { JsonObject } from "../protocol/canonical-json.js";

export interface KeyDocuments {
  /**
   * What the server published about itself last, with its own signatures. It is asked anew where that is not valid until
   * `validUntil` (milliseconds since 1970), or half of its time is over; where it cannot be asked, or says no better, the
   * last answer stands, valid or not. Undefined when there is none.
   */
  last(serverName: string, validUntil: number): Promise<JsonObject | undefined>;
}
