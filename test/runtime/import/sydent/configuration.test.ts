import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../../runtime/config/load.js";
import { ConfigurationError } from "../../../../runtime/config/problem.js";
import { readSydentConfiguration } from "../../../../runtime/import/sydent/configuration.js";
import { configurationText } from "../../../../runtime/import/sydent/documents.js";
import { readSigningKey } from "../../../../runtime/import/sydent/signing-key.js";

const seed = "KMnRUUnIYwJtAa28BCiYdmkaOW9hMr0eGh6cPQKTgYY";

/** The smallest configuration that makes sense, with more of a section. */
const file = (general = "", http = "", email = "", sms = "", rest = ""): string => `\
[general]
server.name = id.example.org
${general}
[http]
${http}
[email]
${email}
[sms]
${sms}
[crypto]
ed25519.signingkey = ed25519 0 ${seed}
${rest}`;

const read = (text: string) => readSydentConfiguration(text, "sydent.conf");

const translated = (text: string) => parseConfiguration(configurationText(read(text).settings), "translated");

const problemsOf = (text: string): readonly string[] => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split("\n");
    throw error;
  }
  throw new Error("nothing was wrong");
};

const reportOf = (text: string, option: string) => read(text).report.find((it) => it.option === option);

describe("a Sydent's configuration", () => {
  it("becomes one that behaves as a Sydent does where nothing is set", () => {
    expect(translated(file())).toMatchObject({
      identity: {
        server_name: "id.example.org",
        public_base_url: "https://id.example.org",
        listen: { host: "::", port: 8090 },
        v1: { enabled: true, bind_any_mxid: true },
      },
      mail: { transport: "smtp", host: "localhost", port: 25, tls: "none" },
      sms: { transport: "none" },
    });
  });

  const general: readonly (readonly [text: string, want: object])[] = [
    ["address_lookup_limit = 500", { identity: { lookup: { max_addresses: 500 } } }],
    ["enable_v1_associations = no", { identity: { v1: { bind_any_mxid: false } } }],
    ["enable_v1_access: False", { identity: { v1: { enabled: false } } }],
    ["ip.blacklist = 198.51.100.0/24, 203.0.113.7", { network: { refuse: ["198.51.100.0/24", "203.0.113.7"] } }],
    ["ip.whitelist =\n  10.1.0.0/16\n  10.2.0.0/16", { network: { allow_private: ["10.1.0.0/16", "10.2.0.0/16"] } }],
    [
      "homeserver_allow_list = example.org,example.com:8448",
      { identity: { allowed_homeservers: ["example.org", "example.com:8448"] } },
    ],
    [
      "prometheus_port = 9000\nprometheus_addr = 10.0.0.5",
      { observe: { enabled: true, listen: { host: "10.0.0.5", port: 9000 } } },
    ],
    ["prometheus_addr = 10.0.0.5", { observe: { enabled: false, listen: { host: "127.0.0.1" } } }],
    ["log.level = WARNING", { log: { level: "warn" } }],
    ["; a comment\n# another\nLOG.LEVEL = debug", { log: { level: "debug" } }],
  ];
  it.each(general)("[general] %j is understood", (text, want) => {
    expect(translated(file(text))).toMatchObject(want);
  });

  const http: readonly (readonly [text: string, want: object])[] = [
    [
      "clientapi.http.bind_address = 127.0.0.1\nclientapi.http.port = 8091",
      { identity: { listen: { host: "127.0.0.1", port: 8091 } } },
    ],
    ["client_http_base = https://id.example.org/", { identity: { public_base_url: "https://id.example.org" } }],
    [
      "obey_x_forwarded_for = true",
      { http: { trusted_proxies: expect.arrayContaining(["127.0.0.0/8", "10.0.0.0/8"]) } },
    ],
    [
      "internalapi.http.port = 8092",
      { identity: { internal: { enabled: true, listen: { host: "::1", port: 8092 } } } },
    ],
    [
      "internalapi.http.port = 8092\ninternalapi.http.bind_address = 127.0.0.1",
      { identity: { internal: { enabled: true, listen: { host: "127.0.0.1", port: 8092 } } } },
    ],
    [
      "internalapi.http.port = 8092\ninternalapi.http.bind_address = 10.0.0.5",
      { identity: { internal: { enabled: false, listen: { host: "127.0.0.1" } } } },
    ],
    ["federation.verifycerts = 0", { network: { verify_certificates: false } }],
  ];
  it.each(http)("[http] %j is understood", (text, want) => {
    expect(translated(file("", text))).toMatchObject(want);
  });

  const email: readonly (readonly [text: string, want: object])[] = [
    ["email.from = Example <id@example.org>", { mail: { from: "id@example.org", from_name: "Example" } }],
    ["email.from = Example <id@{hostname}>", { mail: { from: "id@id.example.org", from_name: "Example" } }],
    ["email.from = id@{hostname}\nemail.hostname = mx.example.org", { mail: { from: "id@mx.example.org" } }],
    ["email.from = id@example.org", { mail: { from: "id@example.org", from_name: "threepid" } }],
    ["email.smtphost = mail.example.org\nemail.smtpport = 587", { mail: { host: "mail.example.org", port: 587 } }],
    ["email.smtpusername = u\nemail.smtppassword = 100%%", { mail: { user: "u", password: "100%" } }],
    ["email.hostname = id.example.org", { mail: { helo: "id.example.org" } }],
    ["email.tlsmode = 0", { mail: { tls: "none" } }],
    ["email.tlsmode = STARTTLS", { mail: { tls: "starttls" } }],
    ["email.tlsmode = SSL", { mail: { tls: "tls" } }],
    [
      "email.default_web_client_location = https://app.example.org/",
      { identity: { web_client_url: "https://app.example.org" } },
    ],
    [
      "email.third_party_invite_homeserver_blocklist = spam.test, other.test\nthird_party_invite_room_blocklist = !a:b",
      { identity: { invites: { blocked_homeservers: ["spam.test", "other.test"], blocked_rooms: ["!a:b"] } } },
    ],
    [
      "email.third_party_invite_keyword_blocklist = cheap pills,\n  free money",
      { identity: { invites: { blocked_keywords: ["cheap pills", "free money"] } } },
    ],
    ["email.third_party_invite_username_obfuscate_characters = 2", { identity: { invites: { shown_characters: 2 } } }],
    ["email.ratelimit_sender.burst = 10", { limits: { invite_sender: "10/50m" } }],
    ["email.ratelimit_sender.rate_hz = 0.5", { limits: { invite_sender: "5/10s" } }],
    ["email.ratelimit_sender.rate_hz = 0.0033", { limits: { invite_sender: "5/26m" } }],
  ];
  it.each(email)("[email] %j is understood", (text, want) => {
    expect(translated(file("", "", text))).toMatchObject(want);
  });

  const account = "username = u\npassword = p";
  const sms: readonly (readonly [text: string, want: object])[] = [
    [
      account,
      {
        sms: {
          transport: "gateway",
          preset: "openmarket",
          user: "u",
          password: "p",
          originators: { default: ["alpha:Matrix"] },
        },
      },
    ],
    [
      `${account}\noriginators.default = alpha:My Server\noriginators.1 = short:60000, long:12025550100`,
      { sms: { originators: { default: ["alpha:My Server"], 1: ["short:60000", "long:12025550100"] } } },
    ],
    ["smsrule.7 = reject\nsmsrule.44 = allow\nsmsrule.98 = reject", { sms: { reject: ["7", "98"] } }],
    ["msisdn.ratelimit.burst = 3", { limits: { send_address: "3/3h" } }],
    ["country.ratelimit.burst = 1440", { limits: { send_country: "1440/d" } }],
  ];
  it.each(sms)("[sms] %j is understood", (text, want) => {
    expect(translated(file("", "", "", text))).toMatchObject(want);
  });

  it("takes what holds for every section, and what refers to another option", () => {
    const text = `[DEFAULT]\ndomain = example.org\nlog.level = ERROR\nunheard.of = 1\n${file()}`.replace(
      "id.example.org",
      "id.%(domain)s",
    );
    expect(translated(text)).toMatchObject({ identity: { server_name: "id.example.org" }, log: { level: "error" } });
    expect(read(text).report.filter((it) => it.outcome === "unknown")).toMatchObject([
      { option: "[DEFAULT] unheard.of", line: 4 },
    ]);
  });
});

describe("the report", () => {
  it("has every option once, with its line, and what became of it", () => {
    const text = file(
      "log.path = /var/log/sydent.log\nlog.level = INFO",
      "replication.https.port = 1",
      "",
      "",
      "[peer.a]\nport = 1",
    );
    expect(reportOf(text, "[general] server.name")).toMatchObject({
      line: 2,
      outcome: "translated",
      to: ["identity.server_name"],
    });
    expect(reportOf(text, "[general] log.path")).toMatchObject({
      line: 3,
      outcome: "no-counterpart",
      note: expect.stringMatching(/standard error/),
    });
    expect(reportOf(text, "[general] address_lookup_limit")).toMatchObject({ line: undefined, outcome: "default" });
    expect(reportOf(text, "[http] replication.https.port")).toMatchObject({ line: 6, outcome: "no-counterpart" });
    expect(reportOf(text, "[crypto] ed25519.signingkey")).toMatchObject({
      outcome: "taken-over",
      to: ["the database"],
    });
    expect(reportOf(text, "[peer.a] port")).toMatchObject({ line: 14, outcome: "no-counterpart" });
    const names = read(text).report.map(({ option }) => option);
    expect(new Set(names).size).toBe(names.length);
  });

  it("opens no internal API to others, and says so", () => {
    const text = file("", "internalapi.http.port = 8092\ninternalapi.http.bind_address = 10.0.0.5");
    for (const option of ["[http] internalapi.http.port", "[http] internalapi.http.bind_address"]) {
      expect(reportOf(text, option)).toMatchObject({
        outcome: "no-counterpart",
        note: expect.stringMatching(/secret/),
      });
    }
  });

  it("names no brand, whose templates are still to be written", () => {
    const text = file("brand.default = matrix-org");
    expect(reportOf(text, "[general] brand.default")).toMatchObject({
      outcome: "no-counterpart",
      note: "our templates know no brands: set mail.brand with templates of yours, in mail.templates",
    });
    expect(translated(text).mail.brand).toBeUndefined();
  });

  it("names what nobody knows, with its line", () => {
    const text = file("frobnicate = yes", "", "", "", "[extra]\nthing = 1");
    expect(read(text).report.filter((it) => it.outcome === "unknown")).toMatchObject([
      { option: "[general] frobnicate", line: 3 },
      { option: "[extra] thing", line: 13 },
    ]);
  });

  it("holds no secret", () => {
    const text = file("", "", "email.smtpusername = u\nemail.smtppassword = sesame", "username = u\npassword = opener");
    expect(JSON.stringify(read(text).report)).not.toMatch(new RegExp(`sesame|opener|${seed}`));
  });
});

describe("what makes no sense is refused with its line", () => {
  const refusals: readonly (readonly [text: string, want: readonly string[]])[] = [
    [
      file("address_lookup_limit = many"),
      ['sydent.conf:3: [general] address_lookup_limit: "many" is no number; use digits'],
    ],
    [
      file("enable_v1_access = maybe\nlog.level = LOUD"),
      [
        'sydent.conf:3: [general] enable_v1_access: "maybe" is neither true nor false; use true or false',
        'sydent.conf:4: [general] log.level: "LOUD" is no level; use one of DEBUG, INFO, WARNING, ERROR',
      ],
    ],
    [
      file("", "", "email.tlsmode = 1"),
      ['sydent.conf:7: [email] email.tlsmode: "1" is no mode; use one of 0, STARTTLS, TLS, SSL'],
    ],
    [
      file("", "", "email.ratelimit_sender.burst = 0"),
      [
        'sydent.conf:7: [email] email.ratelimit_sender.burst: "0" makes no limit; use a whole burst and a rate in Hz above 0',
      ],
    ],
    [
      file("", "", "email.third_party_invite_domain_obfuscate_characters = few"),
      [
        'sydent.conf:7: [email] email.third_party_invite_domain_obfuscate_characters: "few" is no number of characters; use 0 to 64',
      ],
    ],
    [
      file("", "", "", "smsrule.70 = reject"),
      [
        'sydent.conf:9: [sms] smsrule.70: "70" is no calling code; name a country by the digits that its numbers begin with, or remove the line',
      ],
    ],
    [
      file("", "", "", "originators.999 = short:60000"),
      [
        'sydent.conf:9: [sms] originators.999: "999" is no calling code; name a country by the digits that its numbers begin with, or remove the line',
      ],
    ],
    [
      file("", "", "", "smsrule.7 = perhaps"),
      ['sydent.conf:9: [sms] smsrule.7: "perhaps" is no rule; use allow or reject'],
    ],
    [
      file("no option").replace("server.name = id.example.org", ""),
      [
        "sydent.conf:3: this line is no option of a section; write `name = value` under a `[section]`, as in the file that the Sydent reads",
      ],
    ],
    [
      "[general]\nserver.name =\n",
      [
        "sydent.conf:2: [general] server.name: the server has no name; set it to the name in the signatures that this Sydent has made so far",
        "sydent.conf: [crypto] ed25519.signingkey: there is no signing key; start this Sydent once, so that it makes one and writes it here",
      ],
    ],
  ];
  it.each(refusals)("%j", (text, want) => {
    expect(problemsOf(text)).toEqual(want);
  });
});

describe("the signing key", () => {
  const hex = Buffer.from(seed, "base64").toString("hex");
  it.each([
    [`ed25519 0 ${seed}`, "ed25519:0"],
    [`ed25519 a_1 ${seed}=`, "ed25519:a_1"],
    [hex, "ed25519:0"],
    [hex.toUpperCase(), "ed25519:0"],
  ])("%s is read", (text, keyId) => {
    const key = readSigningKey(text);
    expect({ ...key, seed: Buffer.from(key?.seed ?? []).toString("hex") }).toEqual({ keyId, seed: hex });
  });

  it.each(["", "ed25519 0", `ed25519 0 ${seed.slice(4)}`, `rsa 0 ${seed}`, hex.slice(2), `ed25519 0 ${seed} x`])(
    "%j is none",
    (text) => {
      expect(readSigningKey(text)).toBeUndefined();
    },
  );
});
