import type { Configuration } from "./schema.js";
import type { Finding } from "./validate.js";

/** What works, and yet is hardly what somebody wants who serves others. */
export function doubts(configuration: Configuration): readonly Finding[] {
  return [
    ...nobodyReceives(configuration),
    ...nobodySends(configuration),
    ...anybodySpeaks(configuration),
    ...ownUsersRefused(configuration),
    ...anybodyRegisters(configuration),
  ];
}

function anybodySpeaks({ network }: Configuration): readonly Finding[] {
  if (network.verify_certificates) return [];
  return [
    {
      path: ["network", "verify_certificates"],
      what: "other servers need not prove who they are, so that anybody in between can speak for their users",
      hint: 'name the authority of their certificates in "network.ca_file" instead',
    },
  ];
}

function ownUsersRefused({ identity, homeserver }: Configuration): readonly Finding[] {
  const allowed = identity?.allowed_homeservers ?? [];
  if (homeserver === undefined || allowed.length === 0 || allowed.includes(homeserver.server_name)) return [];
  return [
    {
      path: ["identity", "allowed_homeservers"],
      what: `the identity server refuses the users of ${homeserver.server_name}, the homeserver of this configuration`,
      hint: `add "${homeserver.server_name}" to the list`,
    },
  ];
}

/** Stages that whoever asks for an account completes, a program as well as a person. */
const proveNothing: readonly string[] = ["m.login.dummy", "m.login.terms"];

function anybodyRegisters({ homeserver }: Configuration): readonly Finding[] {
  if (homeserver === undefined || isThisMachine(homeserver.public_base_url)) return [];
  const { enabled, flows } = homeserver.registration;
  if (!(enabled && flows.some((flow) => flow.every((stage) => proveNothing.includes(stage))))) return [];
  return [
    {
      path: ["homeserver", "public_base_url"],
      what: `anybody may register at ${homeserver.public_base_url} without proving anything`,
      hint: 'set "homeserver.registration.flows", or "homeserver.registration.enabled" to false',
    },
  ];
}

/** Messages that stay in the mailbox although people who are elsewhere are to receive them. */
function nobodyReceives({ identity, homeserver, mail, sms }: Configuration): readonly Finding[] {
  const servers = { identity, homeserver };
  const names = ["identity", "homeserver"] as const;
  const outside = names.find((name) => !isThisMachine(servers[name]?.public_base_url));
  const kept = [
    ...(mail.transport === "mailbox" ? [{ what: "mail", option: "mail.transport", other: "smtp" }] : []),
    ...(sms.transport === "mailbox"
      ? [{ what: "text messages", option: "sms.transport", other: "gateway or none" }]
      : []),
  ];
  if (outside === undefined || kept.length === 0) return [];
  const what = kept.map((it) => it.what).join(" and ");
  const address = servers[outside]?.public_base_url ?? "";
  return [
    {
      path: [outside, "public_base_url"],
      what: `nobody receives ${what}, kept in the development mailbox, although this server is ${address} to others`,
      hint: `set ${kept.map(({ option, other }) => `"${option}" to ${other}`).join(" and ")}`,
    },
  ];
}

function nobodySends({ mail }: Configuration): readonly Finding[] {
  if (mail.transport !== "smtp" || !isThisMachine(`http://${mail.from.replace(/^.*@/, "")}`)) return [];
  return [
    {
      path: ["mail", "from"],
      what: `mail comes from ${mail.from}, which most mail servers refuse`,
      hint: 'set "mail.from" to an address of your domain',
    },
  ];
}

/** A server that is not there has no address outside. */
function isThisMachine(url: string | undefined): boolean {
  if (url === undefined) return true;
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "[::1]" || /^(?:127(?:\.\d+){3}|(?:.*\.)?localhost)$/.test(host);
}
