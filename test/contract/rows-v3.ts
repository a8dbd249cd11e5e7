/** The same as the rows of r0 for every operation of v3. */

import * as journey from "./journeys.js";
import type { ServedV3 } from "./not-served-yet.js";
import { nothing, type Row, requestOpenIdToken, row } from "./rows.js";

export const homeserverV3Rows: Readonly<Record<ServedV3, Row>> = {
  getVersions: nothing,
  getWellknown: nothing,
  getWellknownSupport: nothing,
  requestOpenIdToken,
  submitUrlEmailGet: row(async (world) => ({
    query: journey.submissionOf(await journey.ownEmailSession(world, "ToRegister")),
  })),
  submitUrlEmailPost: row(async (world) => ({
    json: journey.submissionOf(await journey.ownEmailSession(world, "ToRegister")),
  })),
  submitUrlMsisdnGet: row(async (world) => ({
    query: journey.submissionOf(await journey.ownPhoneSession(world, "ToRegister")),
  })),
  submitUrlMsisdnPost: row(async (world) => ({
    json: journey.submissionOf(await journey.ownPhoneSession(world, "ToRegister")),
  })),
};
