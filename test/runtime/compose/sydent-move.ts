/** A Sydent of some years, and the move from it to us. */

import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { createIdentityClient, type IdentityClient } from "../../../generated/identity/index.js";
import { compose, importSydent, type Program, type SydentImportReport } from "../../../runtime/compose.js";
import { loadConfiguration } from "../../../runtime/config/load.js";
import { inProcess } from "../../../runtime/http/in-process.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson } from "../../../runtime/protocol/signed-json.js";
import { encodeBase64, encodeBase64Url } from "../../../runtime/protocol/unpadded-base64.js";
import { type SydentFolder, type SydentRows, sydentFolder } from "../../support/sydent.js";

export const seed = new Uint8Array(32).fill(7);
export const key = signingKeyOf("ed25519:0", seed);
export const elsewhere = signingKeyOf("ed25519:0", new Uint8Array(32).fill(8));
export const serverName = "id.example.org";
export const now = Date.UTC(2026, 0, 2);
export const hour = 3_600_000;
const century = 100 * 365 * 24 * hour;

export const terms = `\
master_version: "2"
docs:
  privacy:
    version: "1.0"
    langs:
      en: { name: Privacy, url: "https://id.example.org/privacy" }
`;

export const configuration = (signingKey = `ed25519 0 ${encodeBase64(seed)}`): string => `\
[general]
server.name = ${serverName}
terms.path = terms.yml
log.level = CRITICAL
[db]
db.file = sydent.db
[http]
clientapi.http.port = 0
[email]
email.from = Sydent <id@example.org>
[crypto]
ed25519.signingkey = ${signingKey}
`;

/** A row of the local table. */
export const local = (id: number, medium: string, address: string, mxid: string | null, ts: number) => ({
  ...{ id, medium, address, mxid, ts, notBefore: ts, notAfter: ts + century },
  lookup_hash: null,
});

/** A row of the global table, signed by whom it came from. */
const global = (id: number, address: string, mxid: string, ts: number, server = serverName, signer = key) => {
  const body = { address, medium: "email", mxid, not_before: ts, not_after: ts + century, ts };
  return {
    ...{ id, medium: "email", address, mxid, ts, notBefore: ts, notAfter: ts + century },
    ...{ originServer: server, originId: id, lookup_hash: null },
    sgAssoc: JSON.stringify(signJson(body, server, signer)),
  };
};

export const seconds = (ms: number): number => Math.floor(ms / 1000);
export const ephemeral = encodeBase64Url(new Uint8Array(32).fill(251));

export const rows: SydentRows = {
  local_threepid_associations: [
    local(1, "email", "alice@example.org", "@alice:example.org", now - 9 * hour),
    // Three spellings of one address, of which the newest counts.
    local(2, "email", "Bob@Example.org", "@bob-old:example.org", now - 8 * hour),
    local(3, "email", "BOB@example.org", "@bob:example.org", now - 6 * hour),
    local(4, "email", "bob@example.org", "@bob-older:example.org", now - 7 * hour),
    local(5, "email", "gone@example.org", null, now - 2 * hour),
    local(6, "msisdn", "447700900123", "@alice:example.org", now - 5 * hour),
    local(7, "email", "Strauß@example.org", "@strauss:example.org", now - 5 * hour),
    local(8, "email", "moved@example.org", "@moved-old:example.org", now - 5 * hour),
    local(9, "email", "odd@example.org", "nobody", now),
    local(10, "carrier-pigeon", "coop 7", "@alice:example.org", now),
  ],
  global_threepid_associations: [
    global(1, "alice@example.org", "@alice:example.org", now - 9 * hour),
    // Unbound since: its row in the other table is newer.
    global(2, "gone@example.org", "@gone:example.org", now - 3 * hour),
    global(3, "moved@example.org", "@moved:example.org", now - 4 * hour, "other.example.org", elsewhere),
    global(4, "moved@example.org", "@moved-older:example.org", now - 6 * hour),
  ],
  hashing_metadata: [{ id: 1, lookup_pepper: "matrixrocks" }],
  accounts: [
    { user_id: "@alice:example.org", created_ts: now - 99 * hour, consent_version: "2" },
    { user_id: "@bob:example.org", created_ts: now - 98 * hour, consent_version: null },
    { user_id: "@idle:example.org", created_ts: now - 97 * hour, consent_version: null },
  ],
  tokens: [
    { token: "alice-token-1", user_id: "@alice:example.org" },
    { token: "alice-token-2", user_id: "@alice:example.org" },
    { token: "bob-token", user_id: "@bob:example.org" },
  ],
  accepted_terms_urls: [{ user_id: "@alice:example.org", url: "https://id.example.org/privacy" }],
  invite_tokens: [
    {
      ...{
        id: 1,
        medium: "email",
        address: "Carol@example.org",
        room_id: "!a:example.org",
        sender: "@alice:example.org",
      },
      ...{ token: "waiting", received_ts: seconds(now - hour), sent_ts: null },
    },
    {
      ...{
        id: 2,
        medium: "email",
        address: "carol@example.org",
        room_id: "!b:example.org",
        sender: "@alice:example.org",
      },
      ...{ token: "delivered", received_ts: seconds(now - 9 * hour), sent_ts: seconds(now - 8 * hour) },
    },
  ],
  ephemeral_public_keys: [{ id: 1, public_key: ephemeral, verify_count: 0, persistence_ts: seconds(now - hour) }],
  threepid_validation_sessions: [
    { id: 41, medium: "email", address: "Carol@example.org", clientSecret: "s41", validated: 1, mtime: now - hour },
    { id: 42, medium: "email", address: "dave@example.org", clientSecret: "s42", validated: 0, mtime: now - hour },
    { id: 43, medium: "msisdn", address: "447700900999", clientSecret: "s43", validated: 0, mtime: now - 2 * hour },
    { id: 44, medium: "email", address: "old@example.org", clientSecret: "s44", validated: 1, mtime: now - 99 * hour },
    { id: 45, medium: "email", address: "erin@example.org", clientSecret: "s45", validated: 1, mtime: now - 30 * hour },
  ],
  threepid_token_auths: [
    { id: 1, validationSession: 42, token: "outdated", sendAttemptNumber: 1 },
    { id: 2, validationSession: 42, token: "token42", sendAttemptNumber: 2 },
    { id: 3, validationSession: 43, token: "123456", sendAttemptNumber: 1 },
  ],
  peers: [{ id: 1, name: "other.example.org", port: 1001, lastSentVersion: 3, active: 1 }],
};

export const clock = { now: () => now };

export interface Move {
  readonly folder: SydentFolder;
  /** Where our configuration and our database go. */
  readonly out: () => string;
  readonly into: () => string;
  imported(more?: { readonly dryRun?: boolean; readonly database?: string }): Promise<SydentImportReport>;
  /** Starts the server of the configuration that the import wrote. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A client of that server, which is started when it does not run. */
  clientOf(accessToken?: string): Promise<IdentityClient>;
  /** Begins anew with a Sydent that holds these rows. */
  replace(rows: SydentRows): void;
}

/** A new one for each test. */
export const move = (): Move => {
  let folder: SydentFolder;
  let program: Program | undefined;
  beforeEach(() => {
    folder = sydentFolder(configuration(), rows, terms);
  });
  const stop = async () => {
    await program?.close();
    program = undefined;
  };
  afterEach(async () => {
    await stop();
    folder.remove();
  });
  const out = () => join(folder.path, "threepid.yaml");
  const into = () => join(folder.path, "data", "identity.sqlite");
  const start = async () => {
    program = await compose(loadConfiguration(out()), { clock });
  };
  return {
    get folder() {
      return folder;
    },
    out,
    into,
    start,
    stop,
    imported: (more = {}) =>
      importSydent({ config: folder.config, out: out(), into: into(), dryRun: false, ...more }, { clock }),
    clientOf: async (accessToken) => {
      if (program === undefined) await start();
      const identity = program?.services.identity;
      if (identity === undefined) throw new Error("there is no identity server");
      const options = { baseUrl: "https://id.example.org", fetch: inProcess(identity.server), retries: 0 };
      return createIdentityClient(accessToken === undefined ? options : { ...options, accessToken });
    },
    replace: (others) => {
      folder.remove();
      folder = sydentFolder(configuration(), others, terms);
    },
  };
};
