/**
 * Texts that match a regular expression. Looking around and back is not followed: whoever asks for a text tests it
 * against the expression, and asks again.
 */

import type { Choices } from "./choices.js";

/** Makes one text; `more` is added to how often open repetitions repeat. */
type Maker = (choices: Choices, more: number) => string;

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const digits = [..."0123456789"];
const wordly = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"];
const spaces = [" ", "\t"];
const nothing: Maker = () => "";

const without = (chars: readonly string[]): readonly string[] => printable.filter((char) => !chars.includes(char));

const classes: Readonly<Record<string, readonly string[]>> = {
  d: digits,
  w: wordly,
  s: spaces,
  D: without(digits),
  W: without(wordly),
  S: without(spaces),
};

const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", 0: "\0" };

/** The largest part of a class that is listed one by one. */
const longestRange = 512;

const oneOf =
  (chars: readonly string[]): Maker =>
  (choices) =>
    chars[choices.below(chars.length)] ?? "";

class Reader {
  readonly #chars: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#chars = [...source];
  }

  alternatives(): Maker {
    const ways = [this.#sequence()];
    while (this.#take("|")) ways.push(this.#sequence());
    return (choices, more) => (ways[choices.below(ways.length)] ?? nothing)(choices, more);
  }

  #sequence(): Maker {
    const parts: Maker[] = [];
    while (this.#at < this.#chars.length && this.#peek() !== "|" && this.#peek() !== ")") {
      parts.push(this.#repeated(this.#atom()));
    }
    return (choices, more) => parts.map((part) => part(choices, more)).join("");
  }

  #atom(): Maker {
    const char = this.#next();
    if (char === "^" || char === "$") return nothing;
    if (char === ".") return oneOf(wordly);
    if (char === "(") return this.#group();
    if (char === "[") return oneOf(this.#set());
    if (char !== "\\") return () => char;
    if (this.#peek() === "b" || this.#peek() === "B") {
      this.#next();
      return nothing;
    }
    return oneOf(this.#escaped());
  }

  #group(): Maker {
    const isAhead = this.#take("?=") || this.#take("?!") || this.#take("?<=") || this.#take("?<!");
    if (!isAhead && !this.#take("?:") && this.#take("?<")) while (this.#next() !== ">");
    const inside = this.alternatives();
    this.#take(")");
    return isAhead ? nothing : inside;
  }

  #set(): readonly string[] {
    const isNegated = this.#take("^");
    const chars: string[] = [];
    while (this.#at < this.#chars.length && !this.#take("]")) {
      const first = this.#take("\\") ? this.#escaped() : [this.#next()];
      if (this.#peek() === "-" && this.#chars[this.#at + 1] !== "]" && first.length === 1) {
        this.#next();
        const last = this.#take("\\") ? this.#escaped() : [this.#next()];
        chars.push(...rangeOf(first[0] ?? "", last[0] ?? ""));
      } else chars.push(...first);
    }
    return isNegated ? without(chars) : chars;
  }

  #escaped(): readonly string[] {
    const char = this.#next();
    const known = classes[char];
    if (known !== undefined) return known;
    if (char === "x") return [this.#code(2)];
    if (char === "u") return [this.#take("{") ? this.#codeUntilBrace() : this.#code(4)];
    if (char === "p" || char === "P") {
      while (this.#next() !== "}" && this.#at < this.#chars.length);
      return char === "p" ? wordly.slice(0, 52) : digits;
    }
    return [controls[char] ?? char];
  }

  #code(length: number): string {
    const text = Array.from({ length }, () => this.#next()).join("");
    return String.fromCodePoint(Number.parseInt(text, 16) || 0);
  }

  #codeUntilBrace(): string {
    let text = "";
    while (this.#at < this.#chars.length && !this.#take("}")) text += this.#next();
    return String.fromCodePoint(Number.parseInt(text, 16) || 0);
  }

  #repeated(atom: Maker): Maker {
    const bounds = this.#bounds();
    if (bounds === undefined) return atom;
    this.#take("?");
    const [least, most] = bounds;
    return (choices, more) => {
      const wished = least + more + choices.below(3);
      const times = Math.min(wished, most);
      return Array.from({ length: times }, () => atom(choices, more)).join("");
    };
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    const found = /^\{(\d+)(,?)(\d*)\}/u.exec(this.#chars.slice(this.#at, this.#at + 24).join(""));
    if (found === null) return undefined;
    this.#at += found[0].length;
    const [least, most] = [Number(found[1]), Number(found[3])];
    if (found[2] === "") return [least, least];
    return [least, found[3] === "" ? Number.POSITIVE_INFINITY : most];
  }

  #peek(): string {
    return this.#chars[this.#at] ?? "";
  }

  #next(): string {
    const char = this.#peek();
    this.#at += 1;
    if (char === "") throw new SyntaxError("the expression ends too early");
    return char;
  }

  #take(text: string): boolean {
    if (this.#chars.slice(this.#at, this.#at + text.length).join("") !== text) return false;
    this.#at += text.length;
    return true;
  }
}

function rangeOf(first: string, last: string): readonly string[] {
  const [from, to] = [first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0];
  const length = Math.min(Math.max(0, to - from + 1), longestRange);
  return Array.from({ length }, (_, index) => String.fromCodePoint(from + index));
}

const makers = new Map<string, Maker>();

function makerOf(pattern: string): Maker {
  const known = makers.get(pattern);
  if (known !== undefined) return known;
  const made = new Reader(pattern).alternatives();
  makers.set(pattern, made);
  return made;
}

/** How often open repetitions repeat beyond the least, until the text is long enough. */
const growing = [...Array.from({ length: 40 }, (_, index) => index), 64, 128, 256];

/** A text that matches the expression and is as long as it must be; undefined where none was found. */
export function textMatching(
  pattern: string,
  choices: Choices,
  { least, most }: { readonly least: number; readonly most: number },
): string | undefined {
  const expression = new RegExp(pattern, "u");
  const make = makerOf(pattern);
  const isOpen = !pattern.endsWith("$");
  for (const more of growing) {
    const made = make(choices, more);
    const text = isOpen ? made.padEnd(Math.min(least, most), "a") : made;
    const { length } = [...text];
    if (length >= least && length <= most && expression.test(text)) return text;
    if (length > most && more > 0) break;
  }
  return undefined;
}
