import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as httpServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { NodeListener } from "../../generator/seam/node.js";
import { browserIsDue, notRun, openInChromium } from "../support/chromium.js";
import { installClient, packageComplaints } from "../support/client-package.js";
import { installPackages, run } from "../support/packages.js";

const fixtures = join(import.meta.dirname, "../fixtures");
const work = mkdtempSync(join(tmpdir(), "threepid-strangers-"));
const module = (path: string) => import(pathToFileURL(join(work, "dist", path)).href);

/** Tells what it found by asking for an address that holds it. */
const page = `<!doctype html><title>visit</title><script type="module">
import { visit } from "/dist/visit.js";
const found = await visit(location.origin).catch((error) => [String(error.stack)]);
await fetch("/found?" + encodeURIComponent(JSON.stringify(found)));
</script>`;

const types: Readonly<Record<string, string>> = { ".js": "text/javascript", "": "text/html" };

/** A second call, with the answers looked at. */
const checked = `import { createPetstoreClient } from "petstore-client";
import { responses } from "petstore-client/responses";

export const names = async (baseUrl: string): Promise<readonly string[]> =>
  (await createPetstoreClient({ baseUrl, responses }).orThrow.listPets()).map(({ name }) => name);
`;

/** What a program prints that runs beside this process, which serves it. */
async function printedBy(script: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  await once(child, "close");
  return printed;
}

interface Shop {
  readonly url: string;
  readonly server: Server;
  /** What the page tells. */
  readonly told: Promise<unknown>;
}

/** The shop as it is before anybody came, and behind it the page and the compiled files. */
async function opened(day: string): Promise<Shop> {
  const { toNodeListener } = await module("api/seam/node.js");
  const { server: shop } = await import(`${pathToFileURL(join(work, "dist/server.js")).href}?${day}`);
  let tell: (found: unknown) => void = () => undefined;
  const told = new Promise<unknown>((resolve) => {
    tell = resolve;
  });
  const listen: NodeListener = toNodeListener(shop);
  const server = httpServer((request, reply) =>
    listen(request, reply, () => {
      const path = request.url ?? "/";
      const [, found] = /^\/found\?(.*)$/.exec(path) ?? [];
      if (found !== undefined) tell(JSON.parse(decodeURIComponent(found)));
      const file = join(work, path);
      if (path !== "/" && !existsSync(file)) reply.writeHead(404).end();
      else reply.writeHead(200, { "content-type": types[extname(path)] }).end(path === "/" ? page : readFileSync(file));
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // What a server that listens on a port has.
  return { url: `http://127.0.0.1:${port}`, server, told };
}

describe("a folder of somebody else's", () => {
  let shop: Shop;

  beforeAll(async () => {
    installPackages(work);
    writeFileSync(join(work, "package.json"), JSON.stringify({ name: "mine", private: true, type: "module" }));
    cpSync(join(fixtures, "petstore"), work, { recursive: true });
    cpSync(join(fixtures, "stranger"), work, { recursive: true });
    const command = join(work, "node_modules/threepid/dist/runtime/cli.js");
    const client = ["--client-package", "petstore-client", "--client-out", "petstore-client"];
    run(process.execPath, [command, "generate", "--spec", "petstore.yaml", "--out", "src/api", ...client], work);
    run(process.execPath, [join(work, "node_modules/typescript/bin/tsc"), "-p", "."], work);
    shop = await opened("monday");
  });
  afterAll(() => {
    shop?.server.closeAllConnections();
    shop?.server.close();
    rmSync(work, { recursive: true, force: true });
  });

  it("generates, compiles, serves two handlers, and calls them from node", async () => {
    const { visit } = await module("visit.js");
    expect(await visit(shop.url)).toEqual(["1 before", "Bo is 2", "Bo", "fish: 400"]);
    expect((await fetch(`${shop.url}/shop/pets/1/portrait`)).status).toBe(501);
  });

  it.runIf(browserIsDue)(`calls them from Chromium${notRun}`, async () => {
    openInChromium(shop.url);
    expect(await shop.told).toEqual(["2 before", "Bo is 3", "Bo,Bo", "fish: 400"]);
  });

  it("publishes a package for callers that adds one folder, and calls by it", async () => {
    const packed = join(work, "petstore-client");
    expect(packageComplaints(packed)).toEqual([]);
    const caller = join(work, "caller");
    const visit = readFileSync(join(work, "src/visit.ts"), "utf8").replace(
      "./api/petstore/client.js",
      "petstore-client",
    );
    const installed = installClient(packed, caller, { "visit.ts": visit, "checked.ts": checked });
    expect(installed.folders).toEqual(["petstore-client"]);
    for (const resolution of ["Bundler", "NodeNext"] as const) expect(installed.compile(resolution)).toBe("");
    const { url, server } = await opened("tuesday");
    onTestFinished(() => void server.close());
    onTestFinished(() => server.closeAllConnections());
    const asked = [
      'import { visit } from "./visit.js";',
      'import { names } from "./checked.js";',
      "const [url] = process.argv.slice(2);",
      "console.log(JSON.stringify([await visit(url), await names(url)]));",
    ];
    writeFileSync(join(caller, "ask.js"), asked.join("\n"));
    const said = await printedBy(join(caller, "ask.js"), url);
    expect(JSON.parse(said)).toEqual([
      ["1 before", "Bo is 2", "Bo", "fish: 400"],
      ["Ada", "Bo"],
    ]);
  });
});
