/** The `auth` of v3: credentials of a validated session stand under either name, as one object or as a list of one. */

import type { AuthData } from "../../../generated/client-server-v3/index.js";
import { attemptOf } from "../auth-data.js";
import type { AuthAttempt } from "../domain/stages.js";

export const authAttempt = (auth: AuthData | undefined): AuthAttempt | undefined =>
  attemptOf(auth, auth?.threepid_creds ?? auth?.threepidCreds);
