/** Moving in from a Sydent: its configuration, its terms and its data become ours. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { parseConfiguration } from "../config/load.js";
import { ConfigurationError } from "../config/problem.js";
import { readTerms } from "../config/terms.js";
import {
  type OptionReport,
  readSydentConfiguration,
  type SydentConfiguration,
} from "../import/sydent/configuration.js";
import { configurationText } from "../import/sydent/documents.js";
import { ForeignKeyError, moveDatabase, type Tallies } from "../import/sydent/move.js";
import { type MovedKey, readSigningKey } from "../import/sydent/signing-key.js";
import type { Kind } from "../import/sydent/tally.js";
import type { Clock } from "../ports/clock.js";
import type { Random } from "../ports/random.js";
import { systemRandom } from "../protocol/tokens.js";
import { baseMigrations } from "../storage/migrations/base.js";
import { identityMigrations } from "../storage/migrations/identity.js";
import { openSqlite, type SqliteConnection } from "../storage/sqlite/connection.js";
import { inOneTransaction, sqliteImportTarget } from "../storage/sqlite/identity-import.js";
import { sqliteIdentityStorage } from "../storage/sqlite/identity-storage.js";
import { migrate } from "../storage/sqlite/migrate.js";
import { claimOwnership } from "../storage/sqlite/owning-server.js";
import { StorageError } from "../storage/sqlite/storage-error.js";
import { openSydentDatabase } from "../storage/sqlite/sydent-database.js";
import { openDatabase } from "./database.js";

export interface SydentImportRequest {
  /** The `sydent.conf`. */
  readonly config: string;
  /** Without it the file that the configuration names. */
  readonly database?: string | undefined;
  /** Where our configuration goes; the terms go beside it. */
  readonly out: string;
  /** Our database. */
  readonly into: string;
  /** Reads everything, and keeps nothing. */
  readonly dryRun: boolean;
  /** Told of every row that was read. */
  readonly progress?: ((kind: Kind, found: number) => void) | undefined;
}

/** A file that the import writes; `kept` when there is another one in its place, which stays. */
export interface ImportedFile {
  readonly path: string;
  readonly outcome: "written" | "unchanged" | "kept";
}

export interface SydentImportReport {
  readonly dryRun: boolean;
  readonly options: readonly OptionReport[];
  readonly data: Tallies;
  readonly files: readonly ImportedFile[];
  /** Rows and files that are, or would be, different from before. */
  readonly changes: number;
}

const clockOfSystem: Clock = { now: () => Date.now() };

/** A path in a Sydent's configuration starts where that was started: most often where its configuration is. */
const located = (path: string, config: string): string => {
  const beside = join(dirname(config), path);
  return isAbsolute(path) || !existsSync(beside) ? path : beside;
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const what = `cannot be read (${error instanceof Error ? error.message : String(error)})`;
    throw new ConfigurationError([
      { where: file, what, hint: "name the sydent.conf that the Sydent was started with" },
    ]);
  }
};

const keyOf = ({ signingKey, report }: SydentConfiguration, config: string): MovedKey => {
  const key = readSigningKey(signingKey);
  if (key !== undefined) return key;
  const line = report.find(({ option }) => option === "[crypto] ed25519.signingkey")?.line;
  const what = "[crypto] ed25519.signingkey holds no ed25519 key";
  const hint = "restore it: `ed25519 0 SEED`, with 32 bytes in base64, or their 64 hexadecimal digits alone";
  throw new ConfigurationError([{ where: line === undefined ? config : `${config}:${line}`, what, hint }]);
};

/** What is to be written where, checked as `serve` would check it. */
const plannedFiles = (configuration: SydentConfiguration, { config, out, into }: SydentImportRequest) => {
  const { settings, termsPath } = configuration;
  const withDatabase = [...settings, { path: ["identity", "database"], value: into }];
  parseConfiguration(configurationText(withDatabase), `${config}, translated`);
  if (termsPath === undefined) return [{ path: out, text: configurationText(withDatabase) }];
  const source = located(termsPath, config);
  readTerms(source);
  const terms = join(dirname(out), "terms.yaml");
  const withTerms = [...withDatabase, { path: ["identity", "terms_file"], value: terms }];
  return [
    { path: terms, text: readFileSync(source, "utf8") },
    { path: out, text: configurationText(withTerms) },
  ];
};

/** What an operator has changed since is theirs. */
const put = ({ path, text }: { readonly path: string; readonly text: string }, dryRun: boolean): ImportedFile => {
  if (existsSync(path)) return { path, outcome: readFileSync(path, "utf8") === text ? "unchanged" : "kept" };
  // Passwords stand in it.
  if (!dryRun) writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  return { path, outcome: "written" };
};

/**
 * One transaction takes everything over, and a server that ran meanwhile would wait for its end with every write: none
 * may. A rehearsal leaves no trace: it works on what is there, and makes nothing new.
 */
const openTarget = (into: string, dryRun: boolean, now: number): SqliteConnection => {
  if (!dryRun) return openDatabase(into, identityMigrations, now, { alone: true, busyTimeoutMs: 1_000 });
  return openSqlite(into !== ":memory:" && existsSync(into) ? into : ":memory:", { readsOwn: true });
};

/** What our database refuses, in words that name it. */
const ofTarget = (error: unknown, into: string): unknown => {
  if (error instanceof ForeignKeyError) {
    return new StorageError(into, error.message, "import into a new file with --into, or move this one away");
  }
  const isOfSqlite = error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_");
  return isOfSqlite ? StorageError.explain(into, error) : error;
};

/**
 * Takes over what was not taken over before. The Sydent's files are read and never written.
 * @throws ConfigurationError when its configuration or its terms make no sense
 * @throws StorageError when a database cannot be used
 */
export const importSydent = async (
  request: SydentImportRequest,
  given: { readonly clock?: Clock; readonly random?: Random } = {},
): Promise<SydentImportReport> => {
  const { clock = clockOfSystem, random = systemRandom } = given;
  const { config, into, dryRun, progress } = request;
  const configuration = readSydentConfiguration(readText(config), config);
  const key = keyOf(configuration, config);
  const files = plannedFiles(configuration, request);
  const source = openSydentDatabase(request.database ?? located(configuration.databasePath ?? "sydent.db", config));
  try {
    const connection = openTarget(into, dryRun, clock.now());
    try {
      const data = await inOneTransaction(connection, !dryRun, async () => {
        migrate(connection, [...baseMigrations, ...identityMigrations], clock.now());
        claimOwnership(connection, into, configuration.serverName);
        const { signingKeys, lookupHashes } = sqliteIdentityStorage(connection);
        const target = sqliteImportTarget(connection);
        const ports = { signingKeys, lookupHashes, target, clock, random, progress };
        return moveDatabase(source, key, configuration.serverName, ports);
      });
      const written = files.map((file) => put(file, dryRun));
      const changes =
        data.reduce((sum, { changed }) => sum + changed, 0) + written.filter((it) => it.outcome === "written").length;
      return { dryRun, options: configuration.report, data, files: written, changes };
    } catch (error) {
      throw ofTarget(error, into);
    } finally {
      connection.close();
    }
  } finally {
    source.close();
  }
};
