import { existsSync } from "node:fs";
import { Option } from "commander";
import { developmentConfiguration, developmentName } from "../config/development.js";
import { loadConfiguration, parseConfiguration } from "../config/load.js";
import type { Configuration } from "../config/schema.js";

const defaultFile = "threepid.yaml";

export const configOption = (): Option =>
  new Option("-c, --config <file>", `configuration file; without it ./${defaultFile}, or else development settings`);

export interface ConfigOptions {
  readonly config?: string;
}

/** The configuration a command works with, and whether it is the built-in one for development. */
export const chooseConfiguration = ({ config }: ConfigOptions): { configuration: Configuration; builtIn: boolean } => {
  const file = config ?? (existsSync(defaultFile) ? defaultFile : undefined);
  if (file !== undefined) return { configuration: loadConfiguration(file, process.env), builtIn: false };
  const text = developmentConfiguration(process.env);
  return { configuration: parseConfiguration(text, developmentName, process.env), builtIn: true };
};
