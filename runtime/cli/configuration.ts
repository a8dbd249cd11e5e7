import { existsSync } from "node:fs";
import { Option } from "commander";
import { developmentConfiguration, developmentName } from "../config/development.js";
import { type Loaded, parseConfiguration, readConfiguration, type Use } from "../config/load.js";
import { lineOf, type Problem } from "../config/problem.js";

/** Taken from the folder a command is run in where none is named. */
export const defaultFile = "threepid.yaml";

export const configOption = (): Option =>
  new Option("-c, --config <file>", `configuration file; without it ./${defaultFile}, or else development settings`);

export interface ConfigOptions {
  readonly config?: string;
}

export interface Chosen extends Loaded {
  /** Whether it is the one for development, which stands in no file. */
  readonly builtIn: boolean;
}

/** The configuration a command works with. */
export const chooseConfiguration = ({ config }: ConfigOptions, use: Use): Chosen => {
  const file = config ?? (existsSync(defaultFile) ? defaultFile : undefined);
  if (file !== undefined) return { ...readConfiguration(file, process.env, use), builtIn: false };
  const text = developmentConfiguration(process.env);
  return { configuration: parseConfiguration(text, developmentName, process.env, use), warnings: [], builtIn: true };
};

/** Each warning is one line, and goes where errors go: the command goes on. */
export const tellWarnings = (warnings: readonly Problem[]): void => {
  for (const { what, ...rest } of warnings) process.stderr.write(`${lineOf({ ...rest, what: `warning: ${what}` })}\n`);
};
