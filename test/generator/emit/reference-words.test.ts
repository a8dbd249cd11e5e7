import { expect, test } from "vitest";
import { blocksOf, type Piece } from "../../../generator/emit/reference-words.js";
import { processorMs } from "../../support/processor-time.js";

/** A piece as HTML would have it, short. */
const shown = ({ text, address, isCode, isStrong, isStressed }: Piece): string => {
  if (address !== "") return `<a ${address}>${text}</a>`;
  const tag = isCode ? "code" : isStrong ? "b" : isStressed ? "i" : "";
  return tag === "" ? text : `<${tag}>${text}</${tag}>`;
};

const rows: readonly (readonly [name: string, text: string | undefined, want: readonly string[]])[] = [
  ["nothing", undefined, []],
  ["white space", " \n\n ", []],
  ["one paragraph over two lines", "a\nb", ["p a\nb"]],
  ["two paragraphs", "a\n\nb", ["p a", "p b"]],
  ["code, in one backtick or two", "a `b` and ``c``", ["p a <code>b</code> and <code>c</code>"]],
  ["strong and stressed", "**a** *b* 2 * 3 * 4", ["p <b>a</b> <i>b</i> 2 * 3 * 4"]],
  ["a link", "see [the `text`](https://example.org/a#b).", ["p see <a https://example.org/a#b>the text</a>."]],
  ["a link into a site that the page is no part of", "see [there](/client-server-api/#x)", ["p see there"]],
  ["a link that acts", "[a](javascript:alert%281%29) [b](data:text/html,x)", ["p a b"]],
  ["a list", "some:\n- a\n  more\n- b", ["p some:", "- a\n  more - b"]],
  ["a list with empty lines", "* a\n\n* b\n\nc", ["- a - b", "p c"]],
  ["a numbered list that goes on", "1. a\n2. b\n\nc\n\n3. d", ["1 a 1 b", "p c", "3 d"]],
  ["what is fenced", "a\n```json\n{ *b* }\n\n- c\n```\nd", ["p a", "pre { *b* }\n\n- c", "p d"]],
  ["what is fenced and never ends", "```\na", ["pre a"]],
  ["a table", "| a | b |\n|---|---|\n| `c` | d |", ["pre | a | b |\n|---|---|\n| `c` | d |"]],
];

test.each(rows)("%s", (_name, text, want) => {
  const told = blocksOf(text).map(({ isList, isCode, first, items }) => {
    const mark = isCode ? "pre" : isList ? (first === 0 ? "-" : `${first}`) : "p";
    return items.map((pieces) => `${mark} ${pieces.map(shown).join("")}`).join(" ");
  });
  expect(told).toEqual(want);
});

test.each(["[", "*", "`", "[a](", "**a", "1. "])("many of %j are read in no time", (sign) => {
  const before = processorMs();
  expect(blocksOf(sign.repeat(50_000)).length).toBeGreaterThan(0);
  expect(processorMs() - before).toBeLessThan(2_000);
});
