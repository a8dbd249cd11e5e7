/** Options of `[general]`, `[db]`, `[http]` and `[crypto]`. */

import {
  flag,
  none,
  type Outcome,
  type Rule,
  type Rules,
  readList,
  translated,
  unset,
  wholeNumber,
  wrong,
} from "./option-rule.js";

const levels: Readonly<Record<string, string>> = {
  notset: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  critical: "fatal",
  fatal: "fatal",
};

const list =
  (path: string): Rule =>
  (value) =>
    value === undefined ? unset : translated(path, readList(value));

const serverName: Rule = (value) =>
  value === undefined
    ? wrong("the server has no name", "set it to the name in the signatures that this Sydent has made so far")
    : translated("identity.server_name", value);

/** A Sydent without an address of its own links to its name. */
const baseUrl: Rule = (value, given) => {
  const url = value ?? `https://${given.value("[general] server.name") ?? ""}`;
  return translated(
    "identity.public_base_url",
    url.replace(/\/+$/, ""),
    value === undefined ? "made of its name" : undefined,
  );
};

const level: Rule = (value) => {
  if (value === undefined) return unset;
  const name = levels[value.toLowerCase()];
  return name === undefined
    ? wrong(`"${value}" is no level`, "use one of DEBUG, INFO, WARNING, ERROR")
    : translated("log.level", name);
};

const privateNetworks = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"];

const watchPort: Rule = (value, given) => {
  const port = wholeNumber("observe.listen.port")(value, given);
  if (port.kind !== "translated") return port;
  return { ...port, settings: [{ path: ["observe", "enabled"], value: true }, ...port.settings] };
};

const isThisMachine = (host: string): boolean =>
  host === "::1" || host === "localhost" || /^127(?:\.\d+){3}$/.test(host);

const wantsSecret: Outcome = {
  kind: "no-counterpart",
  because: "whoever reaches it speaks for every user: beyond this machine set identity.internal with a secret yourself",
};

const internalHost = (value: string | undefined): Outcome => {
  if (value === undefined) return translated("identity.internal.listen.host", "::1", "Sydent's default");
  return isThisMachine(value) ? translated("identity.internal.listen.host", value) : wantsSecret;
};

const internalPort: Rule = (value, given) => {
  const port = wholeNumber("identity.internal.listen.port")(value, given);
  if (port.kind !== "translated") return port;
  if (!isThisMachine(given.value("[http] internalapi.http.bind_address") ?? "::1")) return wantsSecret;
  return { ...port, settings: [{ path: ["identity", "internal", "enabled"], value: true }, ...port.settings] };
};

const replication = none("there is no replication: one server holds all of the data");

export const serverOptions: Rules = {
  "[general] server.name": serverName,
  "[general] terms.path": (value) => (value === undefined ? unset : { kind: "taken-over", to: "identity.terms_file" }),
  "[general] address_lookup_limit": wholeNumber("identity.lookup.max_addresses"),
  "[general] templates.path": none("templates are written in another language: write yours anew, for mail.templates"),
  "[general] brand.default": none(
    "our templates know no brands: set mail.brand with templates of yours, in mail.templates",
  ),
  "[general] prometheus_port": watchPort,
  "[general] prometheus_addr": (value, given) =>
    value === undefined || given.value("[general] prometheus_port") === undefined
      ? unset
      : translated("observe.listen.host", value),
  "[general] enable_v1_associations": flag(
    (on) => translated("identity.v1.bind_any_mxid", on),
    translated("identity.v1.bind_any_mxid", true, "Sydent's default; false is safer once nobody binds by version 1"),
  ),
  "[general] enable_v1_access": flag((on) => translated("identity.v1.enabled", on)),
  "[general] delete_tokens_on_bind": none("sessions are removed a day after they have ended"),
  "[general] ip.blacklist": list("network.refuse"),
  "[general] ip.whitelist": list("network.allow_private"),
  "[general] homeserver_allow_list": list("identity.allowed_homeservers"),
  "[general] log.path": none("the log goes to standard error, one JSON object for each line"),
  "[general] log.level": level,
  "[db] db.file": (value) => (value === undefined ? unset : { kind: "taken-over", to: "the database" }),
  "[http] clientapi.http.bind_address": (value) =>
    translated("identity.listen.host", value ?? "::", value === undefined ? "Sydent's default" : undefined),
  "[http] clientapi.http.port": wholeNumber("identity.listen.port"),
  "[http] internalapi.http.bind_address": (value, given) =>
    given.value("[http] internalapi.http.port") === undefined ? unset : internalHost(value),
  "[http] internalapi.http.port": internalPort,
  "[http] obey_x_forwarded_for": flag((on) =>
    on
      ? translated(
          "http.trusted_proxies",
          privateNetworks,
          "private networks; name your proxies' own addresses instead",
        )
      : unset,
  ),
  "[http] federation.verifycerts": flag((on) => translated("network.verify_certificates", on)),
  "[http] client_http_base": baseUrl,
  "[http] replication.https.certfile": replication,
  "[http] replication.https.cacert": replication,
  "[http] replication.https.bind_address": replication,
  "[http] replication.https.port": replication,
  "[crypto] ed25519.signingkey": (value) =>
    value === undefined
      ? wrong("there is no signing key", "start this Sydent once, so that it makes one and writes it here")
      : { kind: "taken-over", to: "the database" },
};
