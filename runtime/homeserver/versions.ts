/** What this homeserver speaks: the same is said in every era. Client-Server API, "API Versions". */

/** Every version of the specification whose accounts and threepids are those of the service `client-server-v3`. */
const newestMinor = 19;
const current = Array.from({ length: newestMinor }, (_, index) => `v1.${index + 1}`);

export const versions = {
  getVersions: () => ({
    status: 200 as const,
    body: {
      versions: ["r0.5.0", "r0.6.1", ...current],
      unstable_features: {
        // Registering and resetting a password need no identity server; with one, a token for it is understood.
        "m.require_identity_server": false,
        "m.id_access_token": true,
        "m.separate_add_and_bind": true,
      },
    },
  }),
};
