import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDatabase, orClose } from "../../../runtime/compose/database.js";
import {
  administrate,
  administrateAccounts,
  administrateAssociations,
  administrateKeys,
  compose,
} from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { identityMigrations } from "../../../runtime/storage/migrations/identity.js";
import { claimOwnership } from "../../../runtime/storage/sqlite/owning-server.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-owner-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const section = (server: "identity" | "homeserver", name: string): string =>
  `${server}:\n  server_name: "${name}"\n  public_base_url: http://localhost\n  listen: { port: 0 }\n  database: ${join(folder, `${server}.sqlite`)}\n`;

const configurationOf = (name: string) =>
  parseConfiguration(
    `${section("identity", name)}${section("homeserver", name)}mailbox: { listen: { port: 0 } }\nlog: { level: silent }`,
    "test",
  );

const begin = async (name: string): Promise<void> => {
  const program = await compose(configurationOf(name));
  await program.close();
};

it("a database is one server's: none of another name begins with it, and no command for another works on it", async () => {
  await begin("id.example.org");
  await begin("id.example.org");
  const another =
    /identity\.sqlite is that of id\.example\.org, and the configuration is for localhost:8090\. .*--config/;
  await expect(begin("localhost:8090")).rejects.toThrow("is that of id.example.org, and the configuration is for");
  const configuration = configurationOf("localhost:8090");
  for (const open of [administrate, administrateAssociations, administrateKeys]) {
    expect(() => open(configuration)).toThrow(another);
  }
  expect(() => administrateAccounts(configuration)).toThrow(/homeserver\.sqlite is that of id\.example\.org/);
  administrateAssociations(configurationOf("id.example.org")).close();
});

it("a server of this machine alone is the same with another port", async () => {
  await begin("localhost:8090");
  await begin("localhost:8091");
  administrateAssociations(configurationOf("localhost")).close();
  await expect(begin("localhost.example.org")).rejects.toThrow("is that of localhost:8090");
});

it("a server does not begin with a database that it may not write, although it has one", () => {
  const file = join(folder, "identity.sqlite");
  const connection = openDatabase(file, identityMigrations, 0);
  claimOwnership(connection, file, "id.example.org");
  // As it is for another user than that of the file: the one of the tests may write everywhere.
  connection.database.pragma("query_only = ON");
  const begin = () => orClose(connection, file, () => claimOwnership(connection, file, "id.example.org"));
  expect(begin).toThrow(/identity\.sqlite cannot be written\. .* write access/);
  expect(connection.database.open).toBe(false);
});
