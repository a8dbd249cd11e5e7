/** The files of a client package: what callers of the services need, compiled, and nothing else. */

import type { EmittedFile } from "../emit/file.js";
import { fill } from "../emit/template.js";
import { toolchain } from "../emit/tools.js";
import type { ServiceModel } from "../model/model.js";
import { pascalCase } from "../model/names.js";
import { compile } from "./compile.js";
import { exampleCall } from "./example.js";
import type { PackagePlan } from "./options.js";
import { reachable, without } from "./reach.js";

/** What an index hands on to authors of servers alone. */
const isForServers = (specifier: string): boolean =>
  /^(?:\.\.\/)+seam\/(?:server|contract)\.js$|^\.\/(?:handlers|webhooks\/.*)\.js$/.test(specifier);

/** What says to a compiler that it need not look has nothing to say once it has compiled. */
const ofCompiler = (text: string): string => text.replace(/^\/\/ @ts-nocheck\n+/m, "");

/** The modules that can be imported; the first one is imported by the service's own name. */
const entries = ["index", "calls", "responses"] as const;

const entriesOf = ({ name }: ServiceModel): readonly string[] => entries.map((entry) => `${name}/${entry}`);

/** The compiled modules with their declarations. */
function modules(services: readonly ServiceModel[], printed: readonly EmittedFile[]): readonly EmittedFile[] {
  const indexes = new Set(services.map(({ name }) => `${name}/index.ts`));
  const sources = printed
    .filter(({ path }) => path.endsWith(".ts"))
    .map(({ path, text }) => ({ path, text: indexes.has(path) ? without(text, isForServers) : ofCompiler(text) }));
  const begins = services.flatMap(entriesOf);
  const compiled = compile(
    sources,
    begins.map((entry) => `${entry}.ts`),
  );
  const isDeclaration = ({ path }: EmittedFile): boolean => path.endsWith(".d.ts");
  const paths = begins.map((entry) => `${entry}.js`);
  return [
    ...reachable(
      compiled.filter((file) => !isDeclaration(file)),
      paths,
    ),
    ...reachable(compiled.filter(isDeclaration), paths),
  ];
}

/** Where a service is imported from: the package itself where it is the only one. */
const subpathOf = ({ name }: ServiceModel, services: readonly ServiceModel[]): string =>
  services.length === 1 ? "" : `/${name}`;

const titlesOf = (services: readonly ServiceModel[]): string => {
  const titles = services.map(({ title }) => title);
  return [titles.slice(0, -1).join(", "), ...titles.slice(-1)].filter((part) => part !== "").join(" and ");
};

const descriptionOf = (services: readonly ServiceModel[]): string =>
  `Typed ${services.length === 1 ? "client" : "clients"} of ${titlesOf(services)}`;

function packageManifest({ name, version, license }: PackagePlan, services: readonly ServiceModel[]): EmittedFile {
  const exported = services.flatMap((service) =>
    entries.map((entry): [string, object] => [
      `.${subpathOf(service, services)}${entry === "index" ? "" : `/${entry}`}`,
      { types: `./${service.name}/${entry}.d.ts`, default: `./${service.name}/${entry}.js` },
    ]),
  );
  const manifest = {
    name,
    version,
    description: descriptionOf(services),
    ...(license === undefined ? {} : { license }),
    type: "module",
    sideEffects: false,
    exports: { ...Object.fromEntries(exported), "./package.json": "./package.json" },
    files: [...services.map(({ name: folder }) => folder), "seam"],
  };
  return { path: "package.json", text: `${JSON.stringify(manifest, null, 2)}\n` };
}

function readme(plan: PackagePlan, services: readonly ServiceModel[]): EmittedFile {
  const text = fill("client-readme", {
    name: plan.name,
    description: descriptionOf(services),
    generator: toolchain().generator,
    isOne: services.length === 1,
    services: services.map((service) => ({
      title: service.title,
      import: `${plan.name}${subpathOf(service, services)}`,
      factory: `create${pascalCase(service.name)}Client`,
      hasCredentials: service.operations.some(({ auth }) => auth !== "none"),
      call: exampleCall(service) ?? false,
      operations: service.operations,
    })),
  });
  return { path: "README.md", text };
}

/** Every file of the package, from the services and what was printed for them. Paths are relative to its folder. */
export function packageFiles(
  plan: PackagePlan,
  services: readonly ServiceModel[],
  printed: readonly EmittedFile[],
): readonly EmittedFile[] {
  return [packageManifest(plan, services), readme(plan, services), ...modules(services, printed)];
}
