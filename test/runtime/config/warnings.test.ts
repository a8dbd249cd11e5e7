import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfiguration } from "../../../runtime/config/load.js";
import { lineOf } from "../../../runtime/config/problem.js";

const terms = fileURLToPath(new URL("../../fixtures/terms.yaml", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-warnings-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const smtp = "mail: { transport: smtp, host: a, from: a@example.org }\n";
const gateway = "sms: { transport: gateway, url: http://a }\n";

function warningsOf(text: string, environment = {}): readonly string[] {
  const file = join(folder, "x.yaml");
  writeFileSync(file, text);
  return readConfiguration(file, environment).warnings.map((it) => lineOf(it).replace(`${folder}/`, ""));
}

const server = (url: string, section = "identity") => `${section}:\n  server_name: a\n  public_base_url: ${url}\n`;
const outside = server("https://id.example.org");
const open = (flows: string) =>
  `${server("https://a", "homeserver")}  terms_file: ${terms}\n  registration: { flows: [${flows}] }\n`;

describe("a configuration that works", () => {
  it.each([
    ["that sends", outside + smtp + gateway],
    ["that sends mail alone", `${outside}${smtp}sms: { transport: none }\n`],
    ["that asks for a proof", smtp + gateway + open("[m.login.terms, m.login.email.identity]")],
    ...[
      "http://localhost:8090",
      "http://127.0.0.1",
      "http://127.1.2.3:1/a",
      "http://[::1]:8090",
      "http://a.localhost",
    ].map((url) => [`that is ${url} alone`, server(url)]),
  ])("%s is left at that", (_name, text) => {
    expect(warningsOf(text)).toEqual([]);
  });

  it.each([
    [
      "keeps everything",
      outside,
      'x.yaml:3:3: nobody receives mail and text messages, kept in the development mailbox, although this server is https://id.example.org to others; set "mail.transport" to smtp and "sms.transport" to gateway or none',
    ],
    ["keeps mail", outside + gateway, /^x\.yaml:3:3: nobody receives mail, kept .*; set "mail\.transport" to smtp$/],
    [
      "keeps text messages",
      outside + smtp,
      /receives text messages, kept .*; set "sms\.transport" to gateway or none$/,
    ],
    [
      "keeps a homeserver's",
      `${server("http://localhost")}${server("https://a", "homeserver")}  registration: { enabled: false }\n`,
      /^x\.yaml:6:3: .*https:\/\/a /,
    ],
    ["is 127 by name only", server("http://127.0.0.1.example.org"), /^x\.yaml:3:3: nobody/],
    [
      "sends in nobody's name",
      outside + gateway + smtp.replace(", from: a@example.org", ""),
      'x.yaml:5:1: mail comes from noreply@localhost, which most mail servers refuse; set "mail.from" to an address of your domain',
    ],
    [
      "refuses its own users",
      `${server("http://localhost")}  allowed_homeservers: [other.example]\n${server("http://localhost", "homeserver")}`,
      'x.yaml:4:3: the identity server refuses the users of a, the homeserver of this configuration; add "a" to the list',
    ],
    ...["[m.login.dummy]", "[m.login.email.identity], [m.login.terms, m.login.dummy]"].map(
      (flows): [string, string, string] => [
        `lets anybody register by ${flows}`,
        `${smtp}${gateway}${open(flows)}`,
        'x.yaml:5:3: anybody may register at https://a without proving anything; set "homeserver.registration.flows", or "homeserver.registration.enabled" to false',
      ],
    ),
    [
      "believes everybody",
      `${outside}${gateway}${smtp}network: { verify_certificates: false }\n`,
      'x.yaml:6:12: other servers need not prove who they are, so that anybody in between can speak for their users; name the authority of their certificates in "network.ca_file" instead',
    ],
  ])("and %s has one warning", (_name, text, want) => {
    expect(warningsOf(text)).toEqual([typeof want === "string" ? want : expect.stringMatching(want)]);
  });

  it("names the variable that made it doubtful", () => {
    const environment = { THREEPID_IDENTITY__PUBLIC_BASE_URL: "https://id.example.org" };
    expect(warningsOf(server("http://localhost"), environment)).toEqual([
      expect.stringMatching(/^environment variable THREEPID_IDENTITY__PUBLIC_BASE_URL: nobody receives/),
    ]);
  });
});
