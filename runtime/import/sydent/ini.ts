/** Reads INI files as Python's ConfigParser does, with the line of every option. */

import { ConfigurationError, type Problem } from "../../config/problem.js";

/** One option as it stands in the file. */
export interface IniOption {
  /** As written; `DEFAULT` holds for every section. */
  readonly section: string;
  /** In lower case: names are compared without regard to it. */
  readonly name: string;
  /** Lines that continue it are joined by line breaks. */
  readonly value: string;
  readonly line: number;
}

const comment = /^\s*[#;]/;
const sectionLine = /^\[([^\]]+)\]/;
const optionLine = /^([^:=\s][^:=]*?)\s*[:=]\s*(.*)$/;
const hint = "write `name = value` under a `[section]`, as in the file that the Sydent reads";

/**
 * Every option, in the file's order.
 * @param name the file in errors
 * @throws ConfigurationError with every line that cannot be read
 */
export function readIni(text: string, name: string): readonly IniOption[] {
  const problems: Problem[] = [];
  const options: { section: string; name: string; value: string; line: number }[] = [];
  let section: string | undefined;
  let last: { value: string } | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const bare = raw.trimEnd();
    if (comment.test(bare)) continue;
    if (bare === "") continue;
    if (/^\s/.test(bare) && last !== undefined) {
      last.value = last.value === "" ? bare.trim() : `${last.value}\n${bare.trim()}`;
      continue;
    }
    const text = bare.trimStart();
    const header = sectionLine.exec(text)?.[1];
    if (header !== undefined) {
      section = header;
      last = undefined;
      continue;
    }
    const [, option, value] = optionLine.exec(text) ?? [];
    if (section === undefined || option === undefined || value === undefined) {
      problems.push({ where: `${name}:${line}`, what: "this line is no option of a section", hint });
      continue;
    }
    const entry = { section, name: option.toLowerCase(), value, line };
    options.push(entry);
    last = entry;
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return options;
}

/** How deep one value may refer to others, as in Python. */
const maxDepth = 10;

/**
 * The value with `%(name)s` replaced by what `find` knows under that name, and `%%` by one percent sign. A reference
 * that leads nowhere stays: subjects of mails hold such for the mail to fill in.
 */
export function interpolated(value: string, find: (name: string) => string | undefined, depth = 0): string {
  return value.replace(/%%|%\(([^)]*)\)s/g, (whole, name: string | undefined) => {
    if (name === undefined) return "%";
    const found = depth < maxDepth ? find(name.toLowerCase()) : undefined;
    return found === undefined ? whole : interpolated(found, find, depth + 1);
  });
}
