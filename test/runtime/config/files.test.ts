import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { certificate } from "../delivery/localhost-certificate.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-files-"));
  writeFileSync(join(folder, "ca.pem"), certificate);
  writeFileSync(join(folder, "words.txt"), "no certificate");
  mkdirSync(join(folder, "data"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const minimal = "identity:\n  server_name: a\n  public_base_url: http://a\n";

/** `@` stands for the folder. */
const read = (more: string, environment = {}) =>
  parseConfiguration((minimal + more).replaceAll("@", folder), "x.yaml", environment);

describe("files that options name", () => {
  it.each([
    ["a certificate", "mail: { transport: smtp, host: a, ca_file: @/ca.pem }"],
    ["a certificate for other servers", "network: { ca_file: @/ca.pem }"],
    ["a certificate that nothing needs", "mail: { ca_file: @/none.pem }"],
    ["a database to be made with its folders", "  database: @/one/two/x.sqlite"],
    ["a mailbox to be made", "mailbox: { folder: @/one/two }"],
    [
      "a mailbox that nothing needs",
      "mailbox: { folder: @/words.txt }\nmail: { transport: smtp, host: a }\nsms: { transport: gateway, url: http://a }",
    ],
  ])("may be %s", (_name, more) => {
    const before = readdirSync(folder);
    expect(() => read(more)).not.toThrow();
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each([
    [
      "mail: { transport: smtp, host: a, ca_file: @/none.pem }",
      /^x\.yaml:4:35: "mail\.ca_file" is .*none\.pem, which cannot be read \(ENOENT.*name a file/,
    ],
    [
      "mail: { transport: smtp, host: a, ca_file: @/data }",
      /^x\.yaml:4:35: "mail\.ca_file" is .*data, which cannot be read \(EISDIR/,
    ],
    [
      "mail: { transport: smtp, host: a, ca_file: @/words.txt }",
      /^x\.yaml:4:35: "mail\.ca_file" is .*words\.txt, which holds no certificate/,
    ],
    [
      "network: { ca_file: @/words.txt }",
      /^x\.yaml:4:12: "network\.ca_file" is .*words\.txt, which holds no certificate; name a file/,
    ],
    [
      "  database: @/words.txt/x.sqlite",
      /^x\.yaml:4:3: "identity\.database" is .*x\.sqlite, but \S+words\.txt is a file, and a folder is needed there; choose/,
    ],
    ["  database: @/data", /^x\.yaml:4:3: "identity\.database" is .*data, which is a folder; name a file in it/],
    ["mailbox: { folder: @/words.txt }", /^x\.yaml:4:12: "mailbox\.folder" is .*, but \S+words\.txt is a file/],
  ])("may not be those of %s", (more, want) => {
    expect(() => read(more)).toThrow(want);
  });

  it("are said to be wrong where a variable names them", () => {
    expect(() => read("mail: { transport: smtp, host: a }", { THREEPID_MAIL__CA_FILE: "/none.pem" })).toThrow(
      /^environment variable THREEPID_MAIL__CA_FILE: "mail\.ca_file" is \/none\.pem/,
    );
  });
});
