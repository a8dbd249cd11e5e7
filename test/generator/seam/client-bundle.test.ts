/** Who calls a few operations carries no others. */

import { join } from "node:path";
import { type OutputChunk, rolldown } from "rolldown";
import { describe, expect, it } from "vitest";
import { operations } from "../../../generated/identity/operations.js";

const generated = join(import.meta.dirname, "../../../generated");

/** The text of a bundle that begins with this source. */
const bundled = async (source: string): Promise<string> => {
  const entry = "\0entry.ts";
  const bundle = await rolldown({
    input: entry,
    platform: "browser",
    // Generated modules name each other by what they are compiled to.
    resolve: { extensionAlias: { ".js": [".ts"] } },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? { code: source, moduleType: "ts" } : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output
    .filter((part): part is OutputChunk => part.type === "chunk")
    .map(({ code }) => code)
    .join("\n");
};

const paths = [...new Set(Object.values(operations).map(({ path }) => path))];

const pathsIn = (text: string): readonly string[] =>
  paths.filter((path) => ["`", '"', "'"].some((quote) => text.includes(quote + path + quote)));

const calls = JSON.stringify(join(generated, "identity/calls.ts"));
const index = JSON.stringify(join(generated, "identity/index.ts"));

describe("a bundle", () => {
  it("of one call holds no other operation, and a fraction of the whole client", async () => {
    const one = await bundled(
      `import { createIdentityCaller, emailRequestTokenV2 } from ${calls};
       const caller = createIdentityCaller({ baseUrl: location.origin });
       export const send = (email: string) =>
         caller.orThrow(emailRequestTokenV2, { body: { client_secret: "a", email, send_attempt: 1 } });`,
    );
    const whole = await bundled(
      `import { createIdentityClient } from ${index};
       const client = createIdentityClient({ baseUrl: location.origin });
       export const send = (email: string) =>
         client.orThrow.emailRequestTokenV2({ body: { client_secret: "a", email, send_attempt: 1 } });`,
    );
    process.stdout.write(`bundles, minified: one call ${one.length} bytes, the whole client ${whole.length} bytes\n`);
    expect(pathsIn(one)).toEqual([operations.emailRequestTokenV2.path]);
    expect(pathsIn(whole)).toEqual(paths);
    expect(one.length).toBeLessThan(20_000);
    expect(whole.length - one.length).toBeGreaterThan(5_000);
  });

  it("of nothing that is used is empty: no module does anything by being loaded", async () => {
    expect((await bundled(`import ${index}; import ${calls};`)).trim()).toBe("");
  });
});
