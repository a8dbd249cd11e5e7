import { stringify } from "yaml";
import type { OptionSchema, SectionSchema } from "./option.js";
import { isSection } from "./option.js";
import { variableOf } from "./options.js";
import { schema } from "./schema.js";

const width = 100;

const head = `\
# The configuration of threepid. Options that must be set are set here to examples; a "#" without a space after it
# starts an option that is left at its default, or left out. Every option is also an environment variable,
# named beside it, which wins over the file.
`;

/** A configuration file that works as it stands, with every option, what it means, its default and its variable. */
export function sampleConfiguration(): string {
  const sections = Object.entries(schema.properties).map(([name, section]) =>
    entry(name, section, [], holdsRequired(section)),
  );
  return `${[head, ...sections].join("\n")}`;
}

/** Options that nobody must set stand behind a "#", and so do sections that may be left out, with all that they hold. */
function entry(
  name: string,
  option: OptionSchema | SectionSchema,
  parents: readonly string[],
  required: boolean,
): string {
  const indent = "  ".repeat(parents.length);
  const path = [...parents, name];
  if (!isSection(option))
    return [...about(option, path, indent), ...setting(name, option, indent, required)].join("\n").concat("\n");
  const inner = Object.entries(option.properties).map(([child, childSchema]) =>
    entry(child, childSchema, path, required && (option.required?.includes(child) ?? false)),
  );
  const mark = required ? "" : "#";
  return [...comment(option.description, indent), `${indent}${mark}${name}:`, ...inner].join("\n");
}

/** The sample runs every server: each has options that only its operator knows. */
const holdsRequired = ({ required = [] }: SectionSchema): boolean => required.length > 0;

function about(option: OptionSchema, path: readonly string[], indent: string): readonly string[] {
  const choice = option.type === "string" && option.enum !== undefined ? ` One of ${option.enum.join(", ")}.` : "";
  const described = comment(option.description + choice, indent);
  return [...described, ...example(option, path, indent), `${indent}# ${variableOf(path)}`];
}

/** An empty list or map does not show what belongs into it. */
function example({ default: value, examples: [given] = [] }: OptionSchema, path: readonly string[], indent: string) {
  const isEmpty = typeof value === "object" && Object.keys(value).length === 0;
  return isEmpty && given !== undefined ? [`${indent}# For example: ${spelled(path.at(-1) ?? "", given)}`] : [];
}

/** The option at its default, or at an example where it has none. */
function setting(name: string, option: OptionSchema, indent: string, required: boolean): readonly string[] {
  const value = option.default ?? option.examples?.[0] ?? "";
  return [`${indent}${required ? "" : "#"}${spelled(name, value)}`];
}

function spelled(name: string, value: unknown): string {
  const text = stringify({ [name]: value }, { collectionStyle: "flow", flowCollectionPadding: true, lineWidth: 0 });
  return text.trim().replace(/^\{ (.*) \}$/s, "$1");
}

function comment(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width - indent.length) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((it) => `${indent}# ${it}`);
}
