import { Command } from "commander";
import { readConfiguration } from "../config/load.js";
import { configurationSchema } from "../config/reference.js";
import { sampleConfiguration } from "../config/sample.js";
import { tellWarnings } from "./configuration.js";

interface Options {
  readonly schema?: true;
  readonly check?: string;
}

const verdict = (warnings: number): string => {
  if (warnings === 0) return "nothing is wrong";
  return `can be used; see the ${warnings === 1 ? "warning" : `${warnings} warnings`}`;
};

/** `threepid config`: the configuration's sample, its reference, or a check of a file. */
export const configCommand = (): Command =>
  new Command("config")
    .description("print a commented sample of the configuration, or check a file")
    .option("--schema", "print the JSON Schema instead: every option, its type, default and meaning")
    .option("--check <file>", "check a file together with the environment, as serve would, and say what is wrong")
    .action(async ({ schema, check }: Options) => {
      if (check !== undefined) {
        const { configuration, warnings } = readConfiguration(check, process.env);
        const { templatesOf } = await import("../compose.js");
        templatesOf(configuration);
        tellWarnings(warnings);
        process.stdout.write(`${check}: ${verdict(warnings.length)}\n`);
        return;
      }
      process.stdout.write(schema ? configurationSchema() : sampleConfiguration());
    });
