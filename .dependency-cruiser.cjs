/**
 * Who may import whom. Every rule forbids; what no rule forbids is allowed.
 *
 *   generator                     -> nothing of runtime; generator/seam imports nothing at all
 *   generated                     -> generated/seam only
 *   runtime/protocol, ports       -> nothing of ours (ports may use protocol types)
 *   runtime/{identity,homeserver} -> generated, ports, protocol, signing, validation
 *   runtime/{signing,validation}  -> ports, protocol
 *   runtime/contract              -> ports, protocol
 *   runtime/import                -> identity, ports, protocol, config
 *   runtime/{storage,delivery,federation} -> ports, protocol, config types; federation also generated clients
 *   runtime/http                  -> generated, ports, protocol; a listening server in http/node-listener.ts alone
 *   runtime/client                -> generated, and of protocol case folding alone; nothing of a platform
 *   runtime/compose.ts            -> everything;  runtime/cli.ts -> compose, config, the generator dynamically
 */

const ours = "^(runtime|generated|generator|test)/";
const types = ["type-only"];

/** A module under `from` may import none of ours but itself and `may`. */
const only = (name, from, may, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: ours, pathNot: [from, ...may] },
});

/** A package that one place alone may import. */
const alone = (name, packages, pathNot, comment, extra = {}) => ({
  name,
  comment,
  severity: "error",
  from: { path: "^(runtime|generated|generator)/", pathNot },
  to: { path: packages.map((it) => `^${it}(/|$)|(^|/)node_modules/${it}/`), ...extra },
});

const domain = "^runtime/(identity|homeserver|signing|validation|import|protocol|ports)/";

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two files that need each other are one file, or a third is missing.",
      severity: "error",
      from: { path: ours },
      to: { circular: true, viaOnly: { dependencyTypesNot: types } },
    },
    {
      name: "no-orphans",
      comment: "A file that nothing imports and that imports nothing is not part of the program.",
      severity: "error",
      from: { orphan: true, path: "^(runtime|generator)/", pathNot: ["\\.d\\.ts$"] },
      to: {},
    },
    {
      name: "unresolvable",
      // The generator's own entry exists once it is built; the type checker sees to that import.
      comment: "An import that leads nowhere fails only when it runs.",
      severity: "error",
      from: { path: "^(runtime|generator|generated)/" },
      to: { couldNotResolve: true, pathNot: "^@threepid/generator(/|$)" },
    },
    {
      name: "no-development-packages",
      comment: "What is published may not need a package that only developers install.",
      severity: "error",
      from: { path: "^(runtime|generator|generated)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    only("generator-stands-alone", "^generator/", [], "The generator knows nothing of our servers."),
    {
      name: "seam-imports-nothing",
      comment: "The seam is emitted word for word beside generated code, so it has nothing to lean on.",
      severity: "error",
      from: { path: "^(generator|generated)/seam/" },
      to: { pathNot: "^(generator|generated)/seam/" },
    },
    {
      name: "generated-imports-the-seam",
      comment: "A generated service imports its own folder and the seam; services do not know each other.",
      severity: "error",
      from: { path: "^generated/([^/]+)/" },
      to: { pathNot: ["^generated/seam/", "^generated/$1/"] },
    },
    only("protocol-is-pure", "^runtime/protocol/", [], "Formats and signatures need nothing of ours."),
    {
      name: "protocol-does-no-io",
      comment: "The protocol's formats are pure: no files, sockets or processes.",
      severity: "error",
      from: { path: "^runtime/protocol/" },
      to: {
        path: "^(node:)?(fs|fs/promises|net|tls|http|https|http2|dgram|dns|dns/promises|child_process|worker_threads)$",
      },
    },
    only("ports-are-interfaces", "^runtime/ports/", ["^runtime/protocol/"], "Ports may use the protocol's types."),
    only(
      "validation-is-domain",
      "^runtime/validation/",
      ["^runtime/(ports|protocol)/"],
      "Validation sessions are shared by both servers and know neither.",
    ),
    only(
      "signing-is-domain",
      "^runtime/signing/",
      ["^runtime/(ports|protocol)/"],
      "Both servers have keys to sign with, and these know neither.",
    ),
    only(
      "identity-is-domain",
      "^runtime/identity/",
      ["^generated/", "^runtime/(ports|protocol|signing|validation)/"],
      "The identity server's logic stands on generated types, ports and protocol.",
    ),
    only(
      "homeserver-is-domain",
      "^runtime/homeserver/",
      ["^generated/", "^runtime/(ports|protocol|signing|validation)/"],
      "The homeserver's logic stands on generated types, ports and protocol.",
    ),
    only(
      "contract-tests-ports",
      "^runtime/contract/",
      ["^runtime/(ports|protocol)/"],
      "Tests that others run over their own implementations know the port alone.",
    ),
    only(
      "import-translates",
      "^runtime/import/",
      ["^runtime/(identity|ports|protocol|config)/"],
      "Another server's configuration and data, in the words of ours.",
    ),
    {
      name: "homeserver-domain-knows-no-era",
      comment: "Commands know no era: r0/ and v3/ translate bodies, domain/ never sees a generated type.",
      severity: "error",
      from: { path: "^runtime/homeserver/domain/" },
      to: { path: "^(generated|runtime/homeserver/(r0|v3))/" },
    },
    only(
      "storage-implements-ports",
      "^runtime/storage/",
      ["^runtime/(ports|protocol|config)/"],
      "Storage implements ports.",
    ),
    only(
      "delivery-implements-ports",
      "^runtime/delivery/",
      ["^runtime/(ports|protocol|config)/"],
      "Delivery implements ports.",
    ),
    only(
      "federation-implements-ports",
      "^runtime/federation/",
      ["^runtime/(ports|protocol|config)/", "^generated/"],
      "Federation implements ports and may use generated clients.",
    ),
    only(
      "http-plugs-into-the-seam",
      "^runtime/http/",
      ["^generated/", "^runtime/(ports|protocol)/"],
      "Policy and adapters.",
    ),
    {
      name: "client-is-web-standard",
      comment: "The journeys run in browsers, too, and are published without dependencies.",
      severity: "error",
      from: { path: "^runtime/client/" },
      to: { pathNot: ["^runtime/client/", "^generated/", "^runtime/protocol/case-folding(-table)?\\.ts$"] },
    },
    only("observe-implements-ports", "^runtime/observe/", ["^runtime/(ports|protocol|config)/"], "Logs and figures."),
    only("config-stands-alone", "^runtime/config/", [], "Configuration knows no server."),
    {
      name: "implementations-take-config-types-only",
      comment: "Settings arrive as arguments; reading them is the command line's work.",
      severity: "error",
      from: { path: "^runtime/(storage|delivery|federation|observe)/" },
      to: { path: "^runtime/config/", dependencyTypesNot: types },
    },
    {
      name: "nobody-imports-the-top",
      comment: "What constructs stands above what is constructed: the command line imports compose, nobody else does.",
      severity: "error",
      from: { path: "^(runtime|generated|generator)/", pathNot: "^runtime/(cli|compose)(/|\\.ts$)" },
      to: { path: "^runtime/(cli|compose)(/|\\.ts$)" },
    },
    only(
      "compose-knows-no-command-line",
      "^runtime/compose(/|\\.ts$)",
      ["^generated/", "^runtime/(?!cli(/|\\.ts$))"],
      "Programs can be composed without the command line.",
    ),
    only(
      "cli-asks-compose",
      "^runtime/cli(/|\\.ts$)",
      ["^runtime/compose\\.ts$", "^runtime/config/", "^generator/"],
      "The command line reads configuration and hands it to compose.",
    ),
    {
      name: "generator-is-loaded-when-asked-for",
      comment: "A running server never loads the generator's printers.",
      severity: "error",
      from: { path: "^runtime/" },
      to: {
        path: ["^generator/", "node_modules/@threepid/generator"],
        dependencyTypesNot: ["dynamic-import", "type-only"],
      },
    },
    alone(
      "proxies-in-one-file",
      ["@fastify/proxy-addr"],
      "^runtime/http/node-listener\\.ts$",
      "One file knows whom a request came from.",
    ),
    alone("sql-in-storage", ["better-sqlite3", "pg"], "^runtime/storage/", "One folder speaks SQL."),
    alone("mail-in-delivery", ["nodemailer"], "^runtime/delivery/", "One folder sends mail."),
    alone(
      "templates-in-delivery",
      ["handlebars"],
      "^(runtime/delivery|generator)/",
      "Pages and mails have holes; code has none.",
    ),
    alone("log-in-observe", ["pino"], "^runtime/observe/", "Everybody else takes a Logger.", {
      dependencyTypesNot: types,
    }),
    alone("metrics-in-observe", ["prom-client"], "^runtime/observe/", "Everybody else is counted by decorators."),
    {
      name: "domain-does-no-io",
      comment: "Domain code reaches files, sockets and other processes through ports.",
      severity: "error",
      from: { path: domain },
      to: {
        path: [
          "^(node:)?(fs|fs/promises|net|tls|http|https|http2|dgram|dns|dns/promises|child_process|worker_threads)$",
          "(^|/)node_modules/(undici|commander)/",
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules"] },
    exclude: { path: ["(^|/)dist/", "\\.hbs$"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json", ".d.ts"],
    },
    moduleSystems: ["es6", "cjs"],
    skipAnalysisNotInRules: true,
  },
};
