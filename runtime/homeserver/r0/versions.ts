/** What this homeserver speaks. Client-Server API r0, "API Versions". */

import type { Section } from "./context.js";

export const versions: Section<"getVersions"> = {
  getVersions: () => ({
    status: 200,
    body: {
      versions: ["r0.5.0"],
      unstable_features: {
        // Registering and resetting a password need no identity server; with one, a token for it is understood.
        "m.require_identity_server": false,
        "m.id_access_token": true,
        "m.separate_add_and_bind": false,
      },
    },
  }),
};
