import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { options } from "../../../runtime/config/options.js";
import { configurationSchema } from "../../../runtime/config/reference.js";
import { sampleConfiguration } from "../../../runtime/config/sample.js";
import { authority } from "../../support/certificates.js";

/** The sample names files that an operator would have. */
const terms = fileURLToPath(new URL("../../fixtures/terms.yaml", import.meta.url));

describe("the sample", () => {
  const sample = sampleConfiguration();

  it("works as it stands", () => {
    const configuration = parseConfiguration(sample, "sample.yaml");
    expect(configuration.identity?.server_name).toBe("id.example.org");
    expect(configuration.homeserver?.server_name).toBe("example.org");
    // What may be left out as a whole is left out, however much it requires where it is there.
    expect(configuration.homeserver).not.toHaveProperty("captcha");
  });

  it("works with every option it mentions set", () => {
    const full = sample.replaceAll(/^( *)#(?=\S)/gm, "$1").replaceAll("terms.yaml", terms);
    expect(full).not.toBe(sample);
    const folder = mkdtempSync(join(tmpdir(), "threepid-sample-"));
    writeFileSync(join(folder, "ca.pem"), authority().certificate);
    try {
      const here = full.replaceAll(/^( *ca_file: ).*$/gm, `$1${join(folder, "ca.pem")}`);
      expect(here).not.toBe(full);
      expect(() => parseConfiguration(here, "sample.yaml")).not.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ["    #port: 8090", "    port: 8090", "listen"],
    ["    #bind_any_mxid: false", "    bind_any_mxid: true", "v1"],
    ["  #host: smtp.example.org", "  host: smtp.example.org", "mail"],
    ["      #method: link", "      method: code", "email"],
    ["    #secret_key: the service's secret key", "    secret_key: a", "captcha"],
  ])("whose line %s alone is uncommented says which other line to uncomment", (before, after, section) => {
    const lines = sample.split("\n");
    const at = lines.indexOf(before);
    lines[at] = after;
    const own = lines.findLastIndex((line, index) => index < at && line.trim() === `#${section}:`);
    expect(() => parseConfiguration(lines.join("\n"), "sample.yaml")).toThrow(
      new RegExp(
        `^sample\\.yaml:${at + 1}:${after.search(/\S/) + 1}: .*; uncomment its section's line, too: "${section}:" in line ${own + 1}$`,
        "m",
      ),
    );
  });

  it("holds every option, with its environment variable and what it means", () => {
    const lines = sample.split("\n");
    for (const option of options) {
      expect(
        lines.some((line) => line.trim() === `# ${option.variable}`),
        option.variable,
      ).toBe(true);
      expect(option.schema.description, option.variable).toMatch(/[.]$/);
    }
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(200);
  });

  it("gives every option of its own a name of its own", () => {
    const variables = options.map((it) => it.variable);
    expect(new Set(variables).size).toBe(variables.length);
  });
});

it("the reference is a JSON Schema that accepts the sample", () => {
  const ajv = new Ajv2020({ strict: false });
  expect(ajv.validate(JSON.parse(configurationSchema()), parse(sampleConfiguration()))).toBe(true);
});
