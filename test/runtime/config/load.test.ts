import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { developmentConfiguration, developmentName } from "../../../runtime/config/development.js";
import { loadConfiguration, parseConfiguration } from "../../../runtime/config/load.js";
import { ConfigurationError } from "../../../runtime/config/problem.js";

const minimal = `\
identity:
  server_name: id.example.org
  public_base_url: https://id.example.org
`;

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("a configuration that is right", () => {
  it("takes every default of the sections that are there, and leaves the other server out", () => {
    const configuration = parseConfiguration(minimal, "x.yaml");
    expect(configuration.homeserver).toBeUndefined();
    expect(configuration.identity?.listen).toEqual({ host: "127.0.0.1", port: 8090 });
    expect(configuration.mail).toMatchObject({ transport: "mailbox", connections: 5 });
    expect(configuration.limits.send_address).toBe("10/h");
  });

  it("runs both servers in development", () => {
    const configuration = parseConfiguration(developmentConfiguration({}), developmentName);
    expect(configuration.identity?.server_name).toBe("localhost:8090");
    expect(configuration.homeserver?.threepid.trusted_id_servers).toEqual([
      { name: "localhost:8090", base_url: "http://127.0.0.1:8090", may_reset_passwords: false },
      { name: "127.0.0.1:8090", base_url: "http://127.0.0.1:8090", may_reset_passwords: false },
    ]);
    expect(configuration.development.check_answers).toBe(true);
  });

  const settings: readonly (readonly [variable: string, text: string, path: string, want: unknown])[] = [
    ["THREEPID_IDENTITY__LISTEN__PORT", "9000", "identity.listen.port", 9000],
    ["THREEPID_IDENTITY__V1__ENABLED", "false", "identity.v1.enabled", false],
    ["THREEPID_IDENTITY__DATABASE", "/var/lib/threepid.sqlite", "identity.database", "/var/lib/threepid.sqlite"],
    [
      "THREEPID_IDENTITY__NEXT_LINK_HOSTS",
      "a.example, b.example",
      "identity.next_link_hosts",
      ["a.example", "b.example"],
    ],
    ["THREEPID_IDENTITY__NEXT_LINK_HOSTS", "[a.example]", "identity.next_link_hosts", ["a.example"]],
    ["THREEPID_IDENTITY__NEXT_LINK_HOSTS", "", "identity.next_link_hosts", []],
    ["THREEPID_SMS__HEADERS", "{ Authorization: Bearer x }", "sms.headers", { Authorization: "Bearer x" }],
    ["THREEPID_MAIL__PASSWORD", "1234", "mail.password", "1234"],
    ["THREEPID_HTTP__TRUSTED_PROXIES", "::1,10.0.0.0/8", "http.trusted_proxies", ["::1", "10.0.0.0/8"]],
    ["THREEPID_NETWORK__ALLOW_PRIVATE", "fd00::/8,id.internal", "network.allow_private", ["fd00::/8", "id.internal"]],
    [
      "THREEPID_NETWORK__DNS_SERVERS",
      "10.0.0.53,10.0.0.54:5353,fd00::53",
      "network.dns_servers",
      ["10.0.0.53", "10.0.0.54:5353", "fd00::53"],
    ],
    ["THREEPID_NETWORK__DNS_SERVERS", '["[fd00::53]:53"]', "network.dns_servers", ["[fd00::53]:53"]],
    [
      "THREEPID_IDENTITY__HOMESERVERS",
      "[{ name: hs.test, base_url: http://10.1.2.3 }]",
      "identity.homeservers",
      [{ name: "hs.test", base_url: "http://10.1.2.3" }],
    ],
    ["THREEPID_PORT", "tcp://10.0.0.1:80", "log.level", "info"],
  ];
  it.each(settings)("reads %s=%s", (variable, text, path, want) => {
    const environment = { THREEPID_MAIL__USER: "u", THREEPID_MAIL__PASSWORD: "p", [variable]: text };
    const configuration = parseConfiguration(minimal, "x.yaml", environment);
    const value = path.split(".").reduce<unknown>((at, step) => Object(at)[step], configuration);
    expect(value).toEqual(want);
  });

  it("needs no file's option that the environment gives", () => {
    const configuration = parseConfiguration("", "x.yaml", {
      THREEPID_HOMESERVER__SERVER_NAME: "example.org",
      THREEPID_HOMESERVER__PUBLIC_BASE_URL: "https://example.org",
    });
    expect(configuration.homeserver?.server_name).toBe("example.org");
    expect(configuration.identity).toBeUndefined();
  });
});

describe("a configuration that is wrong", () => {
  const rows: readonly (readonly [name: string, text: string, want: string])[] = [
    [
      "a misspelt option",
      `${minimal}  databse: x\n`,
      'x.yaml:4:3: unknown option "identity.databse"; did you mean "database"?',
    ],
    [
      "an unknown section",
      `${minimal}quux: {}\n`,
      'x.yaml:4:1: unknown option "quux"; remove it; known here: identity, homeserver',
    ],
    [
      "a wrong type",
      `${minimal}  listen:\n    port: many\n`,
      'x.yaml:5:5: "identity.listen.port" is "many"; use a whole number',
    ],
    [
      "text that is a number",
      minimal.replace("id.example.org\n", "12\n"),
      'x.yaml:2:3: "identity.server_name" is 12; use text; quote',
    ],
    [
      "a number where text of a certain shape is needed",
      `${minimal}limits: { lookup_mxid: 5 }\n`,
      'x.yaml:4:11: "limits.lookup_mxid" is 5; use text; quote what YAML would read as something else. It is a number for a time (seconds, minutes, hours, up to 24 days), such as 20/h or 5/10m, or unlimited',
    ],
    ["a section that is empty", `${minimal}  listen:\n`, 'x.yaml:4:3: "identity.listen" is null; indent its options'],
    [
      "a value out of range",
      `${minimal}  listen: { port: 70000 }\n`,
      'x.yaml:4:13: "identity.listen.port" is 70000 and must be <= 65535',
    ],
    [
      "a choice that is none",
      `${minimal}log:\n  level: loud\n`,
      'x.yaml:5:3: "log.level" is "loud"; use one of silent, fatal',
    ],
    [
      "an address with a slash",
      minimal.replace("https://id.example.org", "https://id.example.org/"),
      'x.yaml:3:3: "identity.public_base_url" is "https://id.example.org/"; remove the slash at the end',
    ],
    [
      "an address with a slash that is not all that is wrong",
      minimal.replace("https://id.example.org", "id.example.org/"),
      'x.yaml:3:3: "identity.public_base_url" is "id.example.org/"; use an http or https address',
    ],
    [
      "an element of a list",
      `${minimal}network:\n  allow_private:\n    - 10.0.0.0/8\n    - 7\n`,
      'x.yaml:7:7: "network.allow_private.1" is 7',
    ],
    [
      "a missing option",
      "identity:\n  server_name: a\n",
      'x.yaml:1:1: "identity.public_base_url" is missing; set it there or as THREEPID_IDENTITY__PUBLIC_BASE_URL',
    ],
    [
      "a missing option of an element, which no variable sets",
      `${minimal}  homeservers: [{ name: a }]\n`,
      'x.yaml:4:17: "identity.homeservers.0.base_url" is missing; set it there.',
    ],
    [
      "an element that lacks its options",
      `${minimal}  homeservers: [example.org]\n`,
      'x.yaml:4:17: "identity.homeservers.0" is "example.org"; indent its options under it: name, base_url',
    ],
    ["broken YAML", 'identity: {\n  server_name: "a\n', "x.yaml:3:1: "],
    ["a repeated key", `${minimal}${minimal}`, "x.yaml:4:1: "],
    [
      "a shared address that is none",
      `${minimal}limits: { shared_addresses: ["10.0.0.1", "hs.example.org"] }\n`,
      '"limits.shared_addresses.1" is "hs.example.org"; use an address',
    ],
    ["a proxy that is no address", `${minimal}http: { trusted_proxies: ["proxy"] }\n`, 'is "proxy"; use an address'],
    [
      "a network of too many bits",
      `${minimal}http: { trusted_proxies: ["10.0.0.0/33"] }\n`,
      'is "10.0.0.0/33"; use an address',
    ],
    ["a network that is none", `${minimal}network: { allow_private: ["10.0.0/8"] }\n`, 'is "10.0.0/8"; use an address'],
    [
      "an address with a port",
      `${minimal}network: { allow_private: ["127.0.0.1:80"] }\n`,
      'is "127.0.0.1:80"; use an address',
    ],
    ...["dns.example.org", "10.0.0.53:0", "10.0.0.53:65536", "[10.0.0.53]:53", "10.0.0.0/8", "[fd00::53"].map(
      (server) =>
        [
          `the name server ${server}`,
          `${minimal}network: { dns_servers: ["${server}"] }\n`,
          `x.yaml:4:26: "network.dns_servers.0" is "${server}"; use an address, with a port where it is not 53`,
        ] as const,
    ),
    [
      "a refused host name",
      `${minimal}network: { refuse: ["example.org"] }\n`,
      'x.yaml:4:21: "network.refuse.0" is "example.org"; use an address or a network such as 10.0.0.0/8',
    ],
    ["no server at all", "log: { level: info }\n", "x.yaml:1:1: there is neither an identity server nor a homeserver"],
    ["text instead of sections", "hello\n", 'x.yaml:1:1: "the configuration" is not what it should be'],
    [
      "a contact whom nobody can write to",
      "homeserver:\n  server_name: a\n  public_base_url: http://a\n  well_known: { contacts: [{ role: m.role.admin }] }\n",
      'x.yaml:4:28: nobody can be written to without an address; give the contact a "matrix_id"',
    ],
    [
      "smtp to nowhere",
      `${minimal}mail: { transport: smtp }\n`,
      'x.yaml:4:9: mail goes by smtp, to no host; set "mail.host"',
    ],
    [
      "a gateway that is nowhere",
      `${minimal}sms: { transport: gateway }\n`,
      'x.yaml:4:8: text messages go to no gateway; set "sms.url", or "sms.preset" to a gateway that is known',
    ],
    [
      "a known gateway that does not know us",
      `${minimal}sms: { transport: gateway, preset: twilio }\n`,
      'x.yaml:4:28: a gateway\'s user and its password belong together; set both "sms.user" and "sms.password"',
    ],
    [
      "half of a gateway's credentials",
      `${minimal}sms: { transport: gateway, url: http://a, user: a }\n`,
      "x.yaml:4:43: a gateway's user and its password belong together",
    ],
    [
      "no originator for most",
      `${minimal}sms: { transport: gateway, url: http://a, originators: { GB: ["alpha:A"] } }\n`,
      'x.yaml:4:43: no originator is the "default"; name one for all countries without their own',
    ],
    [
      "an originator for no country",
      `${minimal}sms: { transport: gateway, url: http://a, originators: { default: ["alpha:A"], gb: ["alpha:A"] } }\n`,
      'x.yaml:4:80: "gb" in "sms.originators" is no country and no calling code; did you mean GB?',
    ],
    [
      "an originator that is none",
      `${minimal}sms: { originators: { default: ["alpha:far too long for it"] } }\n`,
      "use long:NUMBER, short:CODE or alpha:WORDS of up to 11 characters",
    ],
    [
      "a country that is none",
      `${minimal}sms: { reject: [Britain] }\n`,
      'x.yaml:4:17: "sms.reject.0" is "Britain"; use a country such as GB, or a calling code such as "44"',
    ],
    [
      "a rate that is none",
      `${minimal}limits: { send_ip: often }\n`,
      'x.yaml:4:11: "limits.send_ip" is "often"; use a number for a time',
    ],
    ...["30", "30d", "0 days", "2 day", "30 months"].map((time): readonly [string, string, string] => [
      `an age of a pepper that is none, ${time}`,
      `identity: { server_name: a, public_base_url: "http://localhost", lookup: { rotate_pepper_after: "${time}" } }\n`,
      `"identity.lookup.rotate_pepper_after" is "${time}"; use a number of hours, days or weeks, such as 30 days, or never`,
    ]),
  ];
  it.each(rows)("%s", (_name, text, want) => {
    const [first = ""] = problemsOf(() => parseConfiguration(text, "x.yaml"));
    expect(first).toContain(want);
  });

  it("names the variable when the environment is wrong", () => {
    const environment = { THREEPID_IDENTITY__LISTEN__PORT: "many", THREEPID_LOG__LEVEL: "loud" };
    expect(problemsOf(() => parseConfiguration(minimal, "x.yaml", environment))).toEqual([
      expect.stringContaining("environment variable THREEPID_IDENTITY__LISTEN__PORT: "),
      expect.stringContaining("environment variable THREEPID_LOG__LEVEL: "),
    ]);
    expect(problemsOf(() => parseConfiguration(minimal, "x.yaml", { THREEPID_LOG__LEVLE: "info" }))).toEqual([
      "environment variable THREEPID_LOG__LEVLE: sets an option that does not exist; did you mean THREEPID_LOG__LEVEL?",
    ]);
  });

  it("names the variable that brought an incomplete section about", () => {
    expect(problemsOf(() => parseConfiguration(minimal, "x.yaml", { THREEPID_HOMESERVER__SERVER_NAME: "a" }))).toEqual([
      expect.stringMatching(
        /^environment variable THREEPID_HOMESERVER__SERVER_NAME: "homeserver.public_base_url" is missing/,
      ),
    ]);
  });

  it("tells every problem at once", () => {
    const problems = problemsOf(() =>
      parseConfiguration(`${minimal}  one: 1\n  two: 2\nlog: { level: loud }\n`, "x.yaml"),
    );
    expect(problems).toHaveLength(3);
  });

  it("tells them in the order of the file, by whichever check they were found", () => {
    const text = `${minimal}sms: { reject: [UK] }\nmail:\n  user: threepid\n  transport: smtp\n  ca_file: /none\n`;
    const places = problemsOf(() => parseConfiguration(text, "x.yaml")).map((it) => it.split(":", 2).join(":"));
    expect(places).toEqual(["x.yaml:4", "x.yaml:6", "x.yaml:7", "x.yaml:8"]);
  });

  it("never shows a secret", () => {
    const text = `${minimal}mail:\n  password: [hunter2]\nsms:\n  headers: { Authorization: [hunter3] }\n`;
    const problems = problemsOf(() => parseConfiguration(text, "x.yaml"));
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain("hunter");
  });

  // Where one was to stand, what stands there instead may well be it.
  it.each([
    ["a map", "sms: { headers: hunter2 }"],
    ["a section", "mail: smtp://user:hunter2@mail.example.org"],
    ["an address that holds a key", "sms: { url: 'sms.example.org?key=hunter2' }"],
    ["a template that holds a key", "sms: { body: [hunter2] }"],
  ])("shows no secret in the place of %s", (_name, text) => {
    const problems = problemsOf(() => parseConfiguration(`${minimal}${text}\n`, "x.yaml"));
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain("hunter");
  });

  it("takes two letters that were swapped for one mistake", () => {
    expect(problemsOf(() => parseConfiguration(`${minimal}mail: { prot: 25 }\n`, "x.yaml"))).toEqual([
      'x.yaml:4:9: unknown option "mail.prot"; did you mean "port"?',
    ]);
  });

  it("stops two servers from sharing a port or a file", () => {
    const both = `${minimal}  database: d\n  listen: { port: 8008 }\nhomeserver:\n  server_name: a\n  public_base_url: http://a\n  database: d\n`;
    expect(problemsOf(() => parseConfiguration(both, "x.yaml"))).toEqual([
      'x.yaml:6:1: "identity.listen" and "homeserver.listen" are both 127.0.0.1:8008; give one of them another port',
      expect.stringContaining("x.yaml:9:3: both servers would keep their data in d"),
    ]);
  });

  const listening: readonly (readonly [text: string, want: readonly string[]])[] = [
    [
      "observe: { enabled: true, listen: { port: 8090 } }",
      ['"identity.listen" and "observe.listen" are both 127.0.0.1:8090'],
    ],
    ["observe: { listen: { port: 8090 } }", []],
    ["observe: { enabled: true, listen: { host: 127.0.0.2, port: 8090 } }", []],
    ["mailbox: { listen: { port: 8090 } }", ['"identity.listen" and "mailbox.listen" are both 127.0.0.1:8090']],
    [
      "  internal: { enabled: true, listen: { port: 8025 } }",
      ['"identity.internal.listen" and "mailbox.listen" are both 127.0.0.1:8025'],
    ],
    ["  internal: { listen: { port: 8025 } }", []],
    ["  listen: { port: 0 }\nobserve: { enabled: true, listen: { port: 0 } }", []],
  ];
  it.each(listening)("stops two of its ports from being one: %j", (text, want) => {
    const parse = () => parseConfiguration(`${minimal}${text}\n`, "x.yaml");
    if (want.length === 0) expect(parse).not.toThrow();
    else expect(problemsOf(parse)).toEqual(want.map((what) => expect.stringContaining(what)));
  });

  it.each([
    ["[[m.login.terms]]", 'a flow has the stage m.login.terms, and there is no "homeserver.terms_file"'],
    [
      "[[m.login.dummy], [m.login.dummy, m.login.recaptcha]]",
      'a flow has the stage m.login.recaptcha, and there is no "homeserver.captcha"',
    ],
    ["[[m.login.dummy, m.login.dummy]]", "a flow has the stage m.login.dummy twice"],
  ])("refuses flows of registration that nobody can complete: %s", (flows, want) => {
    const text = `homeserver:\n  server_name: a\n  public_base_url: http://a\n  registration:\n    flows: ${flows}\n`;
    const place = `x.yaml:5:${5 + "flows: ".length + flows.lastIndexOf("m.login")}: `;
    expect(problemsOf(() => parseConfiguration(text, "x.yaml"))).toEqual([expect.stringContaining(place + want)]);
  });

  it.each([
    ["flows: [[m.login.dummy], [m.login.msisdn]]", "msisdn: { enabled: false }", []],
    ["flows: [[m.login.msisdn]]", "msisdn: { enabled: false }", ["every way to register needs an address of a kind"]],
    [
      "flows: [[m.login.msisdn], [m.login.email.identity]]",
      "email: { enabled: false }, msisdn: { enabled: false }",
      ["every way to register needs an address of a kind"],
    ],
    ["enabled: false, flows: [[m.login.msisdn]]", "msisdn: { enabled: false }", []],
    ["flows: [[m.login.msisdn]]", "}\nsms: { transport: none", ["every way to register needs an address of a kind"]],
    [
      "flows: [[m.login.msisdn]]",
      "trusted_id_servers: [{ name: a }], msisdn: { validate: proxy } }\nsms: { transport: none",
      [],
    ],
  ])("wants a way to register beside what is turned off: %s, %s", (registration, threepid, want) => {
    const text = `homeserver:\n  server_name: a\n  public_base_url: http://a\n  registration: { ${registration} }\n  threepid: { ${threepid} }\n`;
    const parse = () => parseConfiguration(text, "x.yaml");
    if (want.length === 0) expect(parse).not.toThrow();
    else expect(problemsOf(parse)).toEqual(want.map((what) => expect.stringContaining(what)));
  });

  it("refuses to hand validation on to nobody", () => {
    const text =
      "homeserver:\n  server_name: a\n  public_base_url: http://a\n  threepid: { email: { validate: proxy } }\n";
    expect(problemsOf(() => parseConfiguration(text, "x.yaml"))).toEqual([
      expect.stringContaining("x.yaml:4:24: validation of email is handed on, to nobody who is trusted"),
    ]);
  });
});

describe("a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "threepid-config-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("that is there is read, and one that is not is a readable problem", () => {
    const file = join(folder, "threepid.yaml");
    writeFileSync(file, minimal);
    expect(loadConfiguration(file).identity?.server_name).toBe("id.example.org");
    expect(() => loadConfiguration(join(folder, "none.yaml"))).toThrow(/none\.yaml cannot be read \(ENOENT.*sample/);
    expect(() => loadConfiguration(folder)).toThrow(/cannot be read \(EISDIR.*\); it is a folder: name a file in it$/);
  });
});
