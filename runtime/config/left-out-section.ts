/** A line of a file: how far it is indented, and what stands there. */
const parts = (line: string) => {
  const [, indent = "", text = ""] = /^( *)(.*?)\s*$/.exec(line) ?? [];
  return { indent: indent.length, text };
};

const isBlankOrComment = (line: string): boolean => /^\s*(?:#|$)/.test(line);

/** The number of the first line from there on (both from 1) that is more than space and comment; or else undefined. */
export function nextLine(lines: readonly string[], from: number): number | undefined {
  const index = lines.findIndex((line, at) => at >= from - 1 && !isBlankOrComment(line));
  return index < 0 ? undefined : index + 1;
}

/**
 * The section whose own line still stands behind a "#" although an option of it does not: `#mail:` above an indented
 * `transport: smtp`. Undefined where the option's line (from 1) belongs to no such section.
 */
export function leftOutSection(lines: readonly string[], line: number): { name: string; line: number } | undefined {
  const { indent } = parts(lines[line - 1] ?? "");
  for (let at = line - 1; at >= 1; at--) {
    const above = parts(lines[at - 1] ?? "");
    if (above.indent >= indent || above.text === "") continue;
    const name = /^#([a-z_0-9]+):$/.exec(above.text)?.[1];
    if (name !== undefined) return { name, line: at };
    if (!above.text.startsWith("#")) return undefined;
  }
  return undefined;
}
