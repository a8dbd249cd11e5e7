import { isIP } from "node:net";
import { unguarded } from "./isolation.js";
import type { Configuration } from "./schema.js";
import type { Path } from "./source.js";
import { takesPhoneNumbers, unusableTextMessages } from "./text-messages.js";
import type { Finding } from "./validate.js";

/** What must fit together although each option alone is right. */
export function inconsistencies(configuration: Configuration): readonly Finding[] {
  return [
    ...delivery(configuration),
    ...unusableTextMessages(configuration),
    ...proxying(configuration),
    ...flows(configuration),
    ...waysIn(configuration),
    ...captchaKeys(configuration),
    ...contacts(configuration),
    ...ports(configuration),
    ...inconsistenciesOfData(configuration),
    ...unguarded(configuration),
  ];
}

/** Those among them that matter to whoever acts on what the servers keep, and serves nobody. */
export function inconsistenciesOfData(configuration: Configuration): readonly Finding[] {
  return [...someServer(configuration), ...networks(configuration), ...files(configuration)];
}

function someServer({ identity, homeserver }: Configuration): readonly Finding[] {
  if (identity !== undefined || homeserver !== undefined) return [];
  return [
    {
      path: [],
      what: "there is neither an identity server nor a homeserver to run",
      hint: 'add a section "identity", "homeserver" or both; `threepid config` prints a sample',
    },
  ];
}

function contacts({ homeserver }: Configuration): readonly Finding[] {
  return (homeserver?.well_known.contacts ?? []).flatMap(({ matrix_id, email_address }, index) =>
    matrix_id === undefined && email_address === undefined
      ? [
          {
            path: ["homeserver", "well_known", "contacts", index],
            what: "nobody can be written to without an address",
            hint: 'give the contact a "matrix_id", an "email_address", or both',
          },
        ]
      : [],
  );
}

function delivery({ mail, sms }: Configuration): readonly Finding[] {
  const findings: Finding[] = [];
  if (mail.transport === "smtp" && mail.host === undefined) {
    findings.push({ path: ["mail", "transport"], what: "mail goes by smtp, to no host", hint: 'set "mail.host"' });
  }
  if ((mail.user === undefined) !== (mail.password === undefined)) {
    findings.push({
      path: ["mail", mail.user === undefined ? "password" : "user"],
      what: "a mail user and its password belong together",
      hint: 'set both "mail.user" and "mail.password" (THREEPID_MAIL__PASSWORD keeps it out of the file), or neither',
    });
  }
  return [...findings, ...gateway(sms)];
}

function gateway(sms: Configuration["sms"]): readonly Finding[] {
  if (sms.transport !== "gateway") return [];
  const findings: Finding[] = [];
  if (sms.preset === "generic" && sms.url === undefined) {
    findings.push({
      path: ["sms", "transport"],
      what: "text messages go to no gateway",
      hint: 'set "sms.url", or "sms.preset" to a gateway that is known',
    });
  }
  const wantsUser = sms.preset !== "generic" || sms.user !== undefined || sms.password !== undefined;
  if (wantsUser && (sms.user === undefined || sms.password === undefined)) {
    findings.push({
      path: ["sms", sms.preset === "generic" ? (sms.user === undefined ? "password" : "user") : "preset"],
      what: "a gateway's user and its password belong together",
      hint: 'set both "sms.user" and "sms.password" (THREEPID_SMS__PASSWORD keeps it out of the file)',
    });
  }
  if (sms.originators["default"] === undefined) {
    findings.push({
      path: ["sms", "originators"],
      what: 'no originator is the "default"',
      hint: 'name one for all countries without their own, such as `default: ["alpha:Example"]`',
    });
  }
  return findings;
}

function proxying({ homeserver }: Configuration): readonly Finding[] {
  if (homeserver === undefined || homeserver.threepid.trusted_id_servers.length > 0) return [];
  return (["email", "msisdn"] as const)
    .filter((medium) => homeserver.threepid[medium].validate === "proxy")
    .map((medium) => ({
      path: ["homeserver", "threepid", medium, "validate"],
      what: `validation of ${medium} is handed on, to nobody who is trusted`,
      hint: 'list identity servers in "homeserver.threepid.trusted_id_servers"',
    }));
}

/** Flows that need an address of a medium that is not taken are not offered. */
function waysIn({ homeserver, sms }: Configuration): readonly Finding[] {
  if (homeserver === undefined || !homeserver.registration.enabled) return [];
  const isPhoneTaken = takesPhoneNumbers(homeserver, sms);
  const off = [
    ...(homeserver.threepid.email.enabled ? [] : ["m.login.email.identity"]),
    ...(isPhoneTaken ? [] : ["m.login.msisdn"]),
  ];
  if (homeserver.registration.flows.some((stages) => !stages.some((stage) => off.includes(stage)))) return [];
  return [
    {
      path: ["homeserver", "registration", "flows"],
      what: "every way to register needs an address of a kind that is turned off",
      hint: 'set "homeserver.threepid.email.enabled" or "homeserver.threepid.msisdn.enabled" (with it "sms.transport" to gateway), or name a flow without it',
    },
  ];
}

function captchaKeys({ homeserver }: Configuration): readonly Finding[] {
  if (homeserver?.captcha === undefined || homeserver.captcha.secret_key !== undefined) return [];
  return [
    {
      path: ["homeserver", "captcha", "public_key"],
      what: "a captcha's service has to be asked with a secret key, too",
      hint: 'set "homeserver.captcha.secret_key" there or as THREEPID_HOMESERVER__CAPTCHA__SECRET_KEY',
    },
  ];
}

/** A stage that nobody can complete closes the flow it is in. */
function flows({ homeserver }: Configuration): readonly Finding[] {
  if (homeserver === undefined) return [];
  const { terms_file, captcha, registration } = homeserver;
  const wanting = new Map<string, string>();
  if (terms_file === undefined) wanting.set("m.login.terms", "homeserver.terms_file");
  if (captcha === undefined) wanting.set("m.login.recaptcha", "homeserver.captcha");
  return registration.flows.flatMap((flow, number) =>
    flow.flatMap((stage, position): Finding[] => {
      const path = ["homeserver", "registration", "flows", number, position];
      const option = wanting.get(stage);
      if (option !== undefined) {
        const hint = `set "${option}", or remove the stage`;
        return [{ path, what: `a flow has the stage ${stage}, and there is no "${option}"`, hint }];
      }
      if (flow.indexOf(stage) === position) return [];
      return [{ path, what: `a flow has the stage ${stage} twice`, hint: "name each stage of a flow once" }];
    }),
  );
}

/** Everything that listens, in the order in which it is described. */
function listeners({ identity, homeserver, mail, sms, mailbox, observe }: Configuration) {
  const given = [
    { path: ["identity", "listen"], listen: identity?.listen },
    {
      path: ["identity", "internal", "listen"],
      listen: identity?.internal.enabled ? identity.internal.listen : undefined,
    },
    { path: ["homeserver", "listen"], listen: homeserver?.listen },
    {
      path: ["mailbox", "listen"],
      listen: mail.transport === "mailbox" || sms.transport === "mailbox" ? mailbox.listen : undefined,
    },
    { path: ["observe", "listen"], listen: observe.enabled ? observe.listen : undefined },
  ];
  return given.flatMap(({ path, listen }) => (listen === undefined || listen.port === 0 ? [] : [{ path, listen }]));
}

function ports(configuration: Configuration): readonly Finding[] {
  const all = listeners(configuration);
  return all.flatMap(({ path, listen: { host, port } }, index) => {
    const first = all.slice(0, index).find((it) => it.listen.host === host && it.listen.port === port);
    if (first === undefined) return [];
    const names = `"${first.path.join(".")}" and "${path.join(".")}"`;
    return [{ path, what: `${names} are both ${host}:${port}`, hint: "give one of them another port" }];
  });
}

function files({ identity, homeserver }: Configuration): readonly Finding[] {
  if (identity === undefined || homeserver === undefined || identity.database !== homeserver.database) return [];
  return [
    {
      path: ["homeserver", "database"],
      what: `both servers would keep their data in ${homeserver.database}`,
      hint: "give each its own file",
    },
  ];
}

/** `10.0.0.0/8`, `::1`: an address, or a network with as many bits as its address can have. */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}

/** `10.0.0.53`, `10.0.0.53:5353`, `[fd00::53]:5353`. */
function isNameServer(text: string): boolean {
  const [, bracketed, bare = text, port] = /^(?:\[([^\]]+)\]|(\d[\d.]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
  return isPort && (bracketed === undefined ? isIP(bare) !== 0 : isIP(bracketed) === 6);
}

function networks({ http, limits, network }: Configuration): readonly Finding[] {
  const wrong = (list: readonly string[], path: Path, isRight: (text: string) => boolean, hint: string) =>
    list.flatMap((text, index) =>
      isRight(text) ? [] : [{ path: [...path, index], what: `"${[...path, index].join(".")}" is "${text}"`, hint }],
    );
  const isHostName = (text: string) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(text) && !/^[\d.]+$/.test(text);
  return [
    ...wrong(
      http.trusted_proxies,
      ["http", "trusted_proxies"],
      isNetwork,
      "use an address or a network such as 10.0.0.0/8",
    ),
    ...wrong(
      limits.shared_addresses,
      ["limits", "shared_addresses"],
      isNetwork,
      "use an address or a network such as 10.0.0.0/8",
    ),
    ...wrong(
      network.allow_private,
      ["network", "allow_private"],
      (text) => isNetwork(text) || isHostName(text),
      "use an address, a network such as 10.0.0.0/8, or a host name",
    ),
    ...wrong(network.refuse, ["network", "refuse"], isNetwork, "use an address or a network such as 10.0.0.0/8"),
    ...wrong(
      network.dns_servers,
      ["network", "dns_servers"],
      isNameServer,
      "use an address, with a port where it is not 53, such as 10.0.0.53 or [fd00::53]:5353",
    ),
  ];
}
