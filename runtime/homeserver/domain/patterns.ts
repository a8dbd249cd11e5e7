/** Patterns of the operator's, in which `*` stands for any text. Matching costs time linear in the text. */

export type Pattern = (text: string) => boolean;

/** The pattern covers the whole text, and does not tell the cases of letters apart. */
export const pattern = (source: string): Pattern => {
  const [first = "", ...rest] = source.toLowerCase().split("*");
  const last = rest.pop();
  if (last === undefined) return (text) => text.toLowerCase() === first;
  return (text) => {
    const lower = text.toLowerCase();
    const end = lower.length - last.length;
    if (!lower.startsWith(first) || !lower.endsWith(last)) return false;
    let position = first.length;
    for (const piece of rest) {
      const found = lower.indexOf(piece, position);
      if (found < 0) return false;
      position = found + piece.length;
    }
    return position <= end;
  };
};

export const anyOf = (sources: readonly string[]): Pattern => {
  const patterns = sources.map(pattern);
  return (text) => patterns.some((matches) => matches(text));
};
