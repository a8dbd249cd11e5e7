import { readFileSync } from "node:fs";
import { inconsistencies, inconsistenciesOfData } from "./consistency.js";
import type { Environment, Setting } from "./environment.js";
import { readEnvironment } from "./environment.js";
import { unusableFiles } from "./files.js";
import { schemaAt } from "./options.js";
import type { Problem } from "./problem.js";
import { ConfigurationError, UnreadableConfiguration } from "./problem.js";
import type { Configuration } from "./schema.js";
import type { Path, Source } from "./source.js";
import { readSource } from "./source.js";
import { readTerms } from "./terms.js";
import type { Finding } from "./validate.js";
import { validate } from "./validate.js";
import { doubts } from "./warnings.js";

/**
 * What it is read for. Commands that act on data send nothing and answer nobody, so that a password of the mail server,
 * which only the service may be given, can be missing, and a file of certificates.
 */
export type Use = "serving" | "data";

/** A configuration that can be used, and what its operator should know of it. */
export interface Loaded {
  readonly configuration: Configuration;
  readonly warnings: readonly Problem[];
}

/**
 * Reads a configuration file, lets the environment override it, applies defaults and checks everything.
 * @throws ConfigurationError with every problem, each with its place and what to do
 * @throws UnreadableConfiguration when there is no such file
 */
export function readConfiguration(file: string, environment: Environment = {}, use: Use = "serving"): Loaded {
  return load(readText(file), file, environment, use);
}

/** The configuration of a file, as {@link readConfiguration}, without the warnings. */
export function loadConfiguration(file: string, environment: Environment = {}): Configuration {
  return readConfiguration(file, environment).configuration;
}

/** The configuration of text that is at hand, as {@link readConfiguration}; `name` stands for the file in errors. */
export function parseConfiguration(
  text: string,
  name: string,
  environment: Environment = {},
  use: Use = "serving",
): Configuration {
  return load(text, name, environment, use).configuration;
}

function load(text: string, name: string, environment: Environment, use: Use): Loaded {
  const source = readSource(text, name);
  const { settings, problems } = readEnvironment(environment);
  refuse([...source.problems, ...problems]);
  const value = settings.reduce(override, source.value);
  const place = (findings: readonly Finding[]) =>
    findings
      .toSorted((one, other) => source.offset(one.path) - source.offset(other.path))
      .map((finding) => placed(finding, source, settings));
  const result = validate(value);
  if ("findings" in result) throw new ConfigurationError(place(result.findings));
  const { configuration } = result;
  if (use === "data") {
    refuse(place(inconsistenciesOfData(configuration)));
    return { configuration, warnings: [] };
  }
  refuse(place([...inconsistencies(configuration), ...unusableFiles(configuration)]));
  for (const server of [configuration.identity, configuration.homeserver]) {
    if (server?.terms_file !== undefined) readTerms(server.terms_file);
  }
  return { configuration, warnings: place(doubts(configuration)) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UnreadableConfiguration(file, error);
  }
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ConfigurationError(problems);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy of the value with one setting in it. A value in its way that is no section stays: the schema refuses it. */
function override(value: unknown, { path, value: setting }: Setting): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return setting;
  if (value !== undefined && value !== null && !isRecord(value)) return value;
  return { ...value, [step]: override(value?.[step], { variable: "", path: rest, value: setting }) };
}

/** A section that the file does not have came about by the first variable that sets something in it. */
function placed({ path, what, hint }: Finding, source: Source, settings: readonly Setting[]): Problem {
  const setting = settings.find(
    (it) => startsWith(path, it.path) || (!source.holds(path) && startsWith(it.path, path)),
  );
  if (setting !== undefined) return { where: `environment variable ${setting.variable}`, what, hint };
  const isUnknown = source.holds(path) && schemaAt(path) === undefined;
  return { where: source.where(path), what, hint: (isUnknown ? source.hint(path) : undefined) ?? hint };
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => step === path[index]);
}
