/** What documents say in words, as the reference page shows it: the little of Markdown that descriptions are written in. */

/** A piece of text; one with an anchor or an address leads there. Absent is the empty text, or false. */
export interface Piece {
  readonly text: string;
  /** A place of the page. */
  readonly anchor: string;
  /** Somewhere else; nothing but `https:` and `http:`. */
  readonly address: string;
  readonly isCode: boolean;
  readonly isStrong: boolean;
  readonly isStressed: boolean;
}

/** A paragraph (one item), a list of items, or lines that stay as they are. */
export interface Block {
  readonly isList: boolean;
  /** The number of the first item; 0 where the items have none. */
  readonly first: number;
  readonly isCode: boolean;
  readonly items: readonly (readonly Piece[])[];
}

const nothing: Piece = { text: "", anchor: "", address: "", isCode: false, isStrong: false, isStressed: false };

export const plain = (text: string): Piece => ({ ...nothing, text });
export const code = (text: string): Piece => ({ ...nothing, text, isCode: true });
export const link = (text: string, anchor: string): Piece => ({ ...nothing, text, anchor, isCode: true });

/** Code, strong, stressed, and links: each within one paragraph, and short enough to be meant. */
const marked =
  /(``[^`]{1,300}``|`[^`]{1,300}`|\*\*[^*]{1,300}\*\*|\*[^*\s][^*]{0,300}\*|\[[^[\]]{1,300}\]\([^()\s]{1,300}\))/u;

/** The words of one paragraph. */
export function piecesOf(text: string): readonly Piece[] {
  return text
    .split(marked)
    .map((part, index) => (index % 2 === 0 ? plain(part) : markedPiece(part)))
    .filter((piece) => piece.text !== "");
}

function markedPiece(part: string): Piece {
  if (part.startsWith("`")) return code(part.replace(/^`+|`+$/gu, ""));
  if (part.startsWith("**")) return { ...plain(part.slice(2, -2)), isStrong: true };
  if (part.startsWith("*")) return { ...plain(part.slice(1, -1)), isStressed: true };
  const [, text = "", address = ""] = /^\[(.*)\]\((.*)\)$/su.exec(part) ?? [];
  // An address that is relative is so to a site that the page is no part of.
  const words = text.replaceAll("`", "");
  return /^https?:\/\//u.test(address) ? { ...plain(words), address } : plain(words);
}

const bullet = /^\s*(?:[-*+]|\d{1,3}[.)])\s+/u;
const fence = /^\s*```/u;
const tableRow = /^\s*\|/u;

/** Lines that belong together: up to an empty one, the next bullet, or the end of what is fenced. */
function chunks(text: string): readonly (readonly string[])[] {
  const found: string[][] = [];
  let isOpen = false;
  let isFenced = false;
  for (const line of text.split("\n")) {
    const isFence = fence.test(line);
    const begins = !isFenced && (!isOpen || isFence || bullet.test(line));
    if (!isFenced && line.trim() === "") isOpen = false;
    else {
      if (begins) found.push([]);
      found.at(-1)?.push(line);
      isOpen = true;
    }
    if (isFence && isFenced) isOpen = false;
    if (isFence) isFenced = !isFenced;
  }
  return found;
}

/** Text as blocks. */
export function blocksOf(text: string | undefined): readonly Block[] {
  const blocks: Block[] = [];
  for (const lines of chunks(text ?? "")) {
    const block = blockOf(lines);
    const before = blocks.at(-1);
    if (block.isList && before?.isList === true && before.first > 0 === block.first > 0)
      blocks.splice(-1, 1, { ...before, items: [...before.items, ...block.items] });
    else blocks.push(block);
  }
  return blocks.filter(({ items }) => items.some((pieces) => pieces.length > 0));
}

function blockOf(lines: readonly string[]): Block {
  const [first = ""] = lines;
  // A table stays as it was typed, which is to be read so.
  if (fence.test(first) || lines.every((line) => tableRow.test(line))) {
    const text = lines.filter((line) => !fence.test(line)).join("\n");
    return { isList: false, first: 0, isCode: true, items: [[plain(text)]] };
  }
  const isList = bullet.test(first);
  const items = [
    piecesOf(
      lines
        .join("\n")
        .replace(isList ? bullet : "", "")
        .trim(),
    ),
  ];
  return { isList, first: isList ? Number(/^\s*(\d+)/u.exec(first)?.[1] ?? 0) : 0, isCode: false, items };
}
