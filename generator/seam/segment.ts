/**
 * Segments of a path that hold text and parameters: `report.{format}`, `{from}-{to}`. A parameter ends where the text
 * behind it first stands, the last one where the text at the end begins; none is empty.
 */

/** What stands in one segment, in order: a text in front of every parameter, and one behind the last. */
export interface SegmentPattern {
  /** The same for patterns that differ in names alone. */
  readonly key: string;
  /** How many characters are given: of two patterns that fit, the one that gives more is meant. */
  readonly given: number;
  /** The raw text of each parameter; undefined where the segment does not fit. */
  read(segment: string): readonly string[] | undefined;
}

/** Throws where two parameters touch: nobody could tell where one ends. */
export const segmentPattern = (template: string): SegmentPattern => {
  const texts = template.split(/\{[^{}]+\}/);
  const [first = "", ...behind] = texts;
  const last = behind.pop() ?? "";
  if (texts.some((text) => /[{}]/.test(text)) || behind.includes(""))
    throw new Error(`the parameters of the segment ${template} cannot be told apart`);
  return {
    key: texts.join("{}"),
    given: texts.join("").length,
    read: (segment) => {
      const raw = plain(segment);
      const end = raw.length - last.length;
      if (!raw.startsWith(first) || !raw.endsWith(last)) return undefined;
      const values: string[] = [];
      let from = first.length;
      for (const text of behind) {
        const at = raw.indexOf(text, from + 1);
        if (at === -1) return undefined;
        values.push(raw.slice(from, at));
        from = at + text.length;
      }
      return from < end ? [...values, raw.slice(from, end)] : undefined;
    },
  };
};

/** Escapes of what never needs one say the same as the character itself. */
const plain = (segment: string): string =>
  segment.includes("%")
    ? segment.replaceAll(/%(?:2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])/gi, unreserved)
    : segment;

const unreserved = (escaped: string): string => {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return /[\w.~-]/.test(character) ? character : escaped;
};
