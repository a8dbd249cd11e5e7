import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type IFlattenedRuleSet } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { forbidden, options } = createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs"));

interface Broken {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

async function broken(baseDir: string, folders: readonly string[]): Promise<readonly Broken[]> {
  const ruleSet: IFlattenedRuleSet = { forbidden };
  const { tsConfig: _, ...rest } = options;
  const { output } = await cruise([...folders], { ...rest, ruleSet, validate: true, baseDir });
  if (typeof output === "string") throw new Error(output);
  return output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

describe("who may import whom", () => {
  it("holds in the whole program", async () => {
    expect(await broken(root, ["runtime", "generated", "generator"])).toEqual([]);
  });

  const folder = mkdtempSync(join(tmpdir(), "threepid-imports-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** One file for each row, importing what it may not, and the rule that must say so. */
  const rows: readonly (readonly [file: string, imports: string, rule: string])[] = [
    ["generator/load/a.ts", "../../runtime/ports/target.js", "generator-stands-alone"],
    ["generator/seam/b.ts", "../load/target.js", "seam-imports-nothing"],
    ["generator/seam/c.ts", "node:fs", "seam-imports-nothing"],
    ["generated/identity/d.ts", "../../runtime/ports/target.js", "generated-imports-the-seam"],
    ["generated/identity/e.ts", "../other/target.js", "generated-imports-the-seam"],
    ["runtime/protocol/f.ts", "../ports/target.js", "protocol-is-pure"],
    ["runtime/protocol/g.ts", "node:fs", "protocol-does-no-io"],
    ["runtime/ports/h.ts", "../identity/target.js", "ports-are-interfaces"],
    ["runtime/validation/i.ts", "../identity/target.js", "validation-is-domain"],
    ["runtime/signing/zi.ts", "../identity/target.js", "signing-is-domain"],
    ["runtime/identity/j.ts", "../homeserver/target.js", "identity-is-domain"],
    ["runtime/identity/k.ts", "@fastify/proxy-addr", "proxies-in-one-file"],
    ["runtime/identity/l.ts", "better-sqlite3", "sql-in-storage"],
    ["runtime/identity/m.ts", "node:http", "domain-does-no-io"],
    ["runtime/homeserver/n.ts", "../storage/target.js", "homeserver-is-domain"],
    ["runtime/homeserver/o.ts", "nodemailer", "mail-in-delivery"],
    ["runtime/homeserver/domain/p.ts", "../r0/target.js", "homeserver-domain-knows-no-era"],
    ["runtime/storage/q.ts", "../delivery/target.js", "storage-implements-ports"],
    ["runtime/storage/r.ts", "../config/target.js", "implementations-take-config-types-only"],
    ["runtime/delivery/s.ts", "../storage/target.js", "delivery-implements-ports"],
    ["runtime/federation/t.ts", "../storage/target.js", "federation-implements-ports"],
    ["runtime/http/u.ts", "../identity/target.js", "http-plugs-into-the-seam"],
    ["runtime/http/v.ts", "@fastify/proxy-addr", "proxies-in-one-file"],
    ["runtime/observe/w.ts", "../http/target.js", "observe-implements-ports"],
    ["runtime/config/x.ts", "../http/target.js", "config-stands-alone"],
    ["runtime/http/y.ts", "../compose.js", "nobody-imports-the-top"],
    ["runtime/compose.ts", "./cli/target.js", "compose-knows-no-command-line"],
    ["runtime/cli/z.ts", "../storage/target.js", "cli-asks-compose"],
    ["runtime/cli/za.ts", "../../generator/load/target.js", "generator-is-loaded-when-asked-for"],
    ["runtime/client/ze.ts", "node:crypto", "client-is-web-standard"],
    ["runtime/client/zf.ts", "../ports/target.js", "client-is-web-standard"],
    ["runtime/client/zg.ts", "libphonenumber-js", "client-is-web-standard"],
    ["runtime/identity/zh.ts", "../client/target.js", "identity-is-domain"],
    ["runtime/identity/zb.ts", "./zc.js", "no-cycles"],
    ["runtime/identity/zd.ts", "./nowhere.js", "unresolvable"],
  ];

  let found: readonly Broken[] = [];
  beforeAll(async () => {
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    for (const [file, imports] of rows) {
      write(file, `import { a } from "${imports}";\nexport const b = a;\n`);
      if (!/target\.js$/.test(imports)) continue;
      write(join(dirname(file), imports).replace(/\.js$/, ".ts"), "export const a = 1;\n");
    }
    write("runtime/identity/zc.ts", 'export { b as a } from "./zb.js";\n');
    write("runtime/identity/orphan.ts", "export const alone = 1;\n");
    found = await broken(folder, ["runtime", "generated", "generator"]);
  });

  it.each(rows)("%s may not import %s: %s", (file, _imports, rule) => {
    expect(found.filter((it) => it.from === file).map((it) => it.rule)).toContain(rule);
  });

  it("finds a file that nothing needs", () => {
    expect(found.filter((it) => it.rule === "no-orphans").map((it) => it.from)).toEqual(["runtime/identity/orphan.ts"]);
  });
});
