/** A Sydent's configuration file in the words of ours, with a report of every option. */

import { ConfigurationError, type Problem } from "../../config/problem.js";
import { type IniOption, interpolated, readIni } from "./ini.js";
import { emailOptions, smsOptions, smsPrefixes } from "./message-options.js";
import type { Given, Outcome, Rule, Rules, Setting } from "./option-rule.js";
import { serverOptions } from "./server-options.js";

/** What became of one option. */
export interface OptionReport {
  /** `[section] name`. */
  readonly option: string;
  /** Undefined where the file does not set it. */
  readonly line: number | undefined;
  readonly outcome: "translated" | "taken-over" | "no-counterpart" | "default" | "unknown";
  /** Our options, or where else it went. */
  readonly to: readonly string[];
  /** Why, or what to know. */
  readonly note: string | undefined;
}

/** The file, understood. */
export interface SydentConfiguration {
  readonly serverName: string;
  /** As it stands in the file. */
  readonly signingKey: string;
  /** As they stand in the file; undefined where it does not name them. */
  readonly termsPath: string | undefined;
  readonly databasePath: string | undefined;
  readonly settings: readonly Setting[];
  /** Options in our order, then those that nobody knows, in the file's. */
  readonly report: readonly OptionReport[];
}

const rules: Rules = { ...serverOptions, ...emailOptions, ...smsOptions };

/** Subjects are templates, in which a percent sign is no reference to another option. */
const isTemplate = (option: string): boolean => /\.(?:invite\.)?subject(?:_space)?$|bodytemplate$/.test(option);

const peers: Rule = () => ({
  kind: "no-counterpart",
  because: "there is no replication: one server holds all of the data",
});

const ruleOf = (option: string): Rule | undefined => {
  if (Object.hasOwn(rules, option)) return rules[option];
  if (option.startsWith("[peer.")) return peers;
  const [prefix, rule] = Object.entries(smsPrefixes).find(([start]) => option.startsWith(start)) ?? [];
  return prefix === undefined ? undefined : rule?.(option.slice(prefix.length));
};

/** Some options of mail are found with and without the name of their section. */
const fullName = (option: IniOption): IniOption =>
  option.section === "email" && option.name.startsWith("third_party_invite_")
    ? { ...option, name: `email.${option.name}` }
    : option;

const read = (text: string, name: string): ReadonlyMap<string, IniOption> => {
  const options = readIni(text, name).map(fullName);
  const found = new Map<string, IniOption>();
  const shared = options.filter(({ section }) => section === "DEFAULT");
  const references = new Map<string, string>();
  for (const option of options) references.set(`[${option.section}] ${option.name}`, option.value);
  const resolved = (option: IniOption, section: string): IniOption => {
    if (isTemplate(option.name)) return option;
    const find = (other: string) => references.get(`[${section}] ${other}`) ?? references.get(`[DEFAULT] ${other}`);
    return { ...option, value: interpolated(option.value, find) };
  };
  // What holds for every section is an option where one is known, unless that section has its own.
  for (const option of shared) {
    const homes = Object.keys(rules).filter((rule) => rule.endsWith(`] ${option.name}`));
    for (const home of homes) found.set(home, resolved(option, home.slice(1, home.indexOf("]"))));
    const isReferredTo = options.some(({ value }) => value.toLowerCase().includes(`%(${option.name})s`));
    if (homes.length === 0 && !isReferredTo) found.set(`[DEFAULT] ${option.name}`, option);
  }
  for (const option of options) {
    if (option.section !== "DEFAULT") found.set(`[${option.section}] ${option.name}`, resolved(option, option.section));
  }
  return found;
};

const reported = (
  option: string,
  line: number | undefined,
  outcome: Exclude<Outcome, { kind: "wrong" }>,
): OptionReport => {
  const base = { option, line, to: [], note: undefined };
  switch (outcome.kind) {
    case "translated":
      return {
        ...base,
        outcome: "translated",
        to: outcome.settings.map(({ path }) => path.join(".")),
        note: outcome.note,
      };
    case "taken-over":
      return { ...base, outcome: "taken-over", to: [outcome.to] };
    case "no-counterpart":
      return { ...base, outcome: "no-counterpart", note: outcome.because };
    case "default":
      return { ...base, outcome: "default", note: outcome.note };
  }
};

/**
 * Reads and translates the text of a `sydent.conf`.
 * @param name the file in errors and in the report
 * @throws ConfigurationError with every line and option that makes no sense
 */
export function readSydentConfiguration(text: string, name: string): SydentConfiguration {
  const found = read(text, name);
  const value = (option: string): string | undefined => {
    const given = found.get(option)?.value.trim();
    return given === "" ? undefined : given;
  };
  const given: Given = { value };
  const problems: Problem[] = [];
  const settings: Setting[] = [];
  const report: OptionReport[] = [];
  const known = Object.keys(rules);
  const others = [...found.keys()].filter((option) => !known.includes(option));
  for (const option of [...known, ...others]) {
    const line = found.get(option)?.line;
    const rule = ruleOf(option);
    if (rule === undefined) {
      report.push({ option, line, outcome: "unknown", to: [], note: "no option of a Sydent that is known here" });
      continue;
    }
    const outcome = rule(value(option), given);
    if (outcome.kind === "wrong") {
      const where = line === undefined ? name : `${name}:${line}`;
      problems.push({ where, what: `${option}: ${outcome.what}`, hint: outcome.hint });
      continue;
    }
    if (outcome.kind === "translated") settings.push(...outcome.settings);
    report.push(reported(option, line, outcome));
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    serverName: value("[general] server.name") ?? "",
    signingKey: value("[crypto] ed25519.signingkey") ?? "",
    termsPath: value("[general] terms.path"),
    databasePath: value("[db] db.file"),
    settings,
    report,
  };
}
