/** Which language somebody is written to in, of those that are offered. */

/** A language as the folders of templates are called: `de`, `pt-BR`, `zh-Hant`. */
export const languageShape = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?$/;

/** Chooses by what `Accept-Language` says; the first that is offered when nothing fits. */
export type ChooseLanguage = (accepted: string | undefined) => string;

const maxRanges = 20;

/** The ranges by how much they are wanted; those that are refused are left out. */
const rangesIn = (accepted: string): readonly string[] =>
  accepted
    .split(",", maxRanges)
    .map((item) => {
      const [range = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith("q="));
      return { range, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ range }) => range);

/** A range, and what remains of it as it gets less and less special: `de-at`, then `de` (RFC 4647, "Lookup"). */
const widened = (range: string): readonly string[] => {
  const parts = range.split("-", 5);
  return parts.map((_, dropped) => parts.slice(0, parts.length - dropped).join("-"));
};

export const chooseLanguage = (offered: readonly [string, ...string[]]): ChooseLanguage => {
  const [first] = offered;
  const known = new Map(offered.map((language) => [language.toLowerCase(), language]));
  return (accepted) => {
    if (accepted === undefined) return first;
    for (const range of rangesIn(accepted)) {
      if (range === "*") return first;
      const found = widened(range).find((it) => known.has(it));
      if (found !== undefined) return known.get(found) ?? first;
    }
    return first;
  };
};
