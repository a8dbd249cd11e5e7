/** In whose name and which language people are written to: from the request, through the mail, to the page behind its link. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn } from "../support/mail-sink.js";
import { newSecret } from "./journeys.js";
import { homeserverName, idServer, type Servers, startServers } from "./servers.js";

let folder: string;
let servers: Servers;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "threepid-wording-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("brands/acme/email-validation/subject.hbs", "ACME wants to know");
  write("brands/acme/de/page/title.hbs", "{{#if confirmed}}ACME dankt{{else}}ACME bedauert{{/if}}");
  write("brands/acme/invite/subject.hbs", "{{inviter}} & ACME {{#if space}}space{{else}}room{{/if}}");
  servers = await startServers({ options: { mail: { templates: folder } } });
});
afterAll(async () => {
  await servers.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = async (url: string, body: object, language?: string, accessToken?: string): Promise<void> => {
  const headers = {
    ...(language === undefined ? {} : { "Accept-Language": language }),
    ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
  };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status, await answer.text()).toBe(200);
};

let users = 0;

/** Asks for a mail to a new address. */
const mailed = async (base: string, query: string, language?: string) => {
  users += 1;
  const email = `worded${users}@example.org`;
  await post(`${base}${query}`, { email, client_secret: newSecret(), send_attempt: 1 }, language);
  return servers.mail.newest(email);
};

const open = async (link: URL, language: string): Promise<string> =>
  (await fetch(link, { headers: { Accept: "text/html", "Accept-Language": language } })).text();

describe.each(["identity server", "homeserver"])("the %s", (server) => {
  const base = (): string =>
    server === "homeserver"
      ? `${servers.homeserverUrl}/_matrix/client/r0/register/email/requestToken`
      : `${servers.identityUrl}/_matrix/identity/api/v1/validate/email/requestToken`;

  it.each([
    ["", undefined, "Confirm your email address for threepid"],
    ["", "fr;q=0.9, de-AT;q=0.5", "Bestätigen Sie Ihre E-Mail-Adresse für threepid"],
    ["?lang=de", "en", "Bestätigen Sie Ihre E-Mail-Adresse für threepid"],
    ["?lang=xx", undefined, "Confirm your email address for threepid"],
    ["?brand=acme", "de", "ACME wants to know"],
    ["?brand=nobody", "de", "Bestätigen Sie Ihre E-Mail-Adresse für threepid"],
    ["?brand=%3Cscript%3Ealert(1)%3C/script%3E", undefined, "Confirm your email address for threepid"],
  ])("asked with %j by a reader of %j writes %j", async (query, language, subject) => {
    const { message } = await mailed(base(), query, language);
    expect(message.subject).toBe(subject);
    expect(message.headerLines.filter(({ key }) => key === "subject")).toHaveLength(1);
    expect(`${message.text}${message.html}`).not.toContain("<script");
  });

  it("shows the page in the mail's name and the browser's language", async () => {
    const link = linkIn(await mailed(base(), "?brand=acme", "en"));
    expect(link.searchParams.get("brand")).toBe("acme");
    const wrong = new URL(link);
    wrong.searchParams.set("token", "wrong");
    expect(await open(wrong, "de")).toContain("<h1>ACME bedauert</h1>");
    const page = await open(link, "de");
    expect(page).toContain("<h1>ACME dankt</h1>");
    expect(page).toContain('<html lang="de">');
    expect(page).toContain("Sie können diese Seite schließen");
    expect(await open(link, "en")).toContain("<h1>Your email address is confirmed</h1>");
  });

  it("shows whoever opens a link that was cut short why, in their language", async () => {
    const link = linkIn(await mailed(base(), ""));
    link.searchParams.delete("sid");
    expect(await open(link, "de")).toContain("<h1>Dieser Link lässt sich nicht öffnen</h1>");
  });
});

it("a homeserver that leaves validating to the identity server hands the language on", async () => {
  const relaying = await startServers({ validate: "proxy" });
  try {
    const email = "relayed@example.org";
    const body = { email, client_secret: newSecret(), send_attempt: 1, id_server: idServer };
    await post(`${relaying.homeserverUrl}/_matrix/client/r0/register/email/requestToken?lang=de`, body);
    expect((await relaying.mail.newest(email)).message.subject).toMatch(/^Bestätigen Sie/);
    const number = { country: "GB", phone_number: "07400123778", client_secret: newSecret(), send_attempt: 1 };
    const asked = { ...number, id_server: idServer };
    await post(`${relaying.homeserverUrl}/_matrix/client/r0/register/msisdn/requestToken`, asked, "de-CH");
    expect(relaying.texts.received.at(-1)).toContain("Ihr Code");
  } finally {
    await relaying.close();
  }
});

it("a text message speaks the language of whoever asked", async () => {
  const request = { country: "GB", phone_number: "07400123777", client_secret: newSecret(), send_attempt: 1 };
  const url = `${servers.identityUrl}/_matrix/identity/api/v1/validate/msisdn/requestToken`;
  await post(url, request, "de");
  expect(servers.texts.received.at(-1)).toMatch(/Ihr Code für threepid ist \d{6}\. Verraten Sie ihn niemandem\./);
});

it.each([
  ["api/v1", "?brand=acme", undefined, undefined, "@host:example.org & ACME room"],
  ["v2", "?brand=acme", undefined, "m.space", "@host:example.org & ACME space"],
  ["api/v1", "?lang=de", undefined, "m.space", "@host:example.org hat Sie in einen Space auf Matrix eingeladen"],
  ["v2", "", "de", undefined, "@host:example.org hat Sie in eine Unterhaltung auf Matrix eingeladen"],
])("an invite over %s%s by a reader of %j to a %j says %j", async (version, query, language, room_type, subject) => {
  users += 1;
  const address = `invited${users}@example.org`;
  const sender = `@host:${homeserverName}`;
  const invite = { medium: "email", address, room_id: "!lounge:example.org", sender, ...(room_type && { room_type }) };
  const accessToken = version === "v2" ? await servers.identityToken(sender) : undefined;
  await post(`${servers.identityUrl}/_matrix/identity/${version}/store-invite${query}`, invite, language, accessToken);
  const { message } = await servers.mail.newest(address);
  expect(message.subject).toBe(subject);
});
