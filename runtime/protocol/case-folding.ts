/** Full Unicode case folding (C + F), which email addresses are compared by (appendices, "3PID types"). */

import { commonFoldings, fullFoldings } from "./case-folding-table.js";

const build = (): ReadonlyMap<string, string> => {
  const table = new Map<string, string>();
  for (const [first, count, step, delta] of commonFoldings) {
    for (let i = 0; i < count; i++) {
      const codePoint = first + i * step;
      table.set(String.fromCodePoint(codePoint), String.fromCodePoint(codePoint + delta));
    }
  }
  for (const [codePoint, folded] of fullFoldings) table.set(String.fromCodePoint(codePoint), folded);
  return table;
};

/** Built when the first address needs it: most are plain ASCII. */
let table: ReadonlyMap<string, string> | undefined;

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
};

/** Folds every character; no normalisation. `Strauß` becomes `strauss`, which `toLowerCase` leaves. */
export const foldCase = (text: string): string => {
  if (isAscii(text)) return text.toLowerCase();
  table ??= build();
  let folded = "";
  for (const character of text) folded += table.get(character) ?? character;
  return folded;
};
