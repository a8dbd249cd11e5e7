import { Command } from "commander";
import type { SydentImportReport } from "../compose.js";
import { progressLine, wordsOf } from "./progress.js";

interface Options {
  readonly config: string;
  readonly database?: string;
  readonly out: string;
  readonly into: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `threepid import`: moving in from another identity server. */
export const importCommand = (): Command => {
  const command = new Command("import").description(
    "take over the configuration and the data of another identity server",
  );
  command
    .command("sydent")
    .description(
      "take over those of a Sydent, whose files are read and never changed; what was taken over is not again",
    )
    .requiredOption("--config <file>", "its configuration, sydent.conf")
    .option("--database <file>", "its database; without it the one that its configuration names")
    .option(
      "--out <file>",
      "where our configuration goes, with the terms beside it; files that are there stay",
      "threepid.yaml",
    )
    .option("--into <file>", "our database, made where there is none", "data/identity.sqlite")
    .option("--dry-run", "tell what would become of everything, and write nothing")
    .option("--json", "print the report as one JSON object")
    .action(async ({ dryRun = false, json, ...paths }: Options) => {
      const { importSydent } = await import("../compose.js");
      const line = progressLine(process.stderr);
      const report = await importSydent({ ...paths, dryRun, progress: line.show }).finally(line.clear);
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report, paths.config));
    });
  return command;
};

type Option = SydentImportReport["options"][number];

const optionText = ({ option, line, outcome, to, note }: Option, file: string): string => {
  const where = line === undefined ? "" : `${file}:${line}: `;
  const aside = note === undefined ? "" : ` (${note})`;
  switch (outcome) {
    case "translated":
    case "taken-over":
      return `${where}${option} -> ${to.join(", ")}${aside}`;
    case "no-counterpart":
      return `${where}${option} has no counterpart: ${note ?? ""}`;
    case "unknown":
      return `${where}${option} is unknown: ${note ?? ""}`;
    case "default":
      return `${where}${option}: our default is kept${aside}`;
  }
};

/** What the file does not set is only named: there is most of it. */
const optionsText = (options: readonly Option[], file: string): readonly string[] => {
  const isUnset = ({ line, outcome }: Option) => line === undefined && outcome === "default";
  const unset = options.filter(isUnset).map(({ option }) => option);
  const told = options.filter((option) => !isUnset(option)).map((option) => optionText(option, file));
  return [...told, `not set, so our defaults are kept: ${unset.join(", ")}`];
};

const tallyText = (
  { kind, found, changed, leftOut }: SydentImportReport["data"][number],
  dryRun: boolean,
): readonly string[] => [
  `${wordsOf(kind)}: ${found} found, ${changed} ${dryRun ? "would be " : ""}changed here`,
  ...Object.entries(leftOut).map(([because, rows]) => `  ${rows} ${because}`),
];

const reportText = ({ dryRun, options, data, files, changes }: SydentImportReport, config: string): string => {
  const kept = (path: string) =>
    `${path}: there is one already, which stays; name another with --out to see the translation`;
  const outcomeOf = ({ path, outcome }: SydentImportReport["files"][number]) => {
    if (outcome === "kept") return kept(path);
    return `${path}: ${dryRun && outcome === "written" ? "would be written" : outcome}`;
  };
  return [
    "Options:",
    ...optionsText(options, config).map((line) => `  ${line}`),
    "Data:",
    ...data.flatMap((tally) => tallyText(tally, dryRun)).map((line) => `  ${line}`),
    "Files:",
    ...files.map((file) => `  ${outcomeOf(file)}`),
    dryRun ? `${changes} changes would be made; nothing was written.` : `${changes} changes were made.`,
    "",
  ].join("\n");
};
