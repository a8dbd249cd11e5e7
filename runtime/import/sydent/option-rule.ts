/** How one option of a Sydent's configuration becomes options of ours. */

/** One option of ours and its value. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The value is one element of the option's list. */
  readonly isElement?: true;
}

export type Outcome =
  | { readonly kind: "translated"; readonly settings: readonly Setting[]; readonly note?: string }
  /** It is not part of our configuration: it went somewhere else, which `to` names. */
  | { readonly kind: "taken-over"; readonly to: string }
  | { readonly kind: "no-counterpart"; readonly because: string }
  /** Our default does the same, or is the better one where the file does not say. */
  | { readonly kind: "default"; readonly note?: string }
  | { readonly kind: "wrong"; readonly what: string; readonly hint: string };

/** What the file says of every option, defaults and references applied. */
export interface Given {
  /** The value of `[section] name`; undefined where the file does not set it, or sets it to nothing. */
  value(option: string): string | undefined;
}

/** `value` is undefined where the file does not set the option, or sets it to nothing. */
export type Rule = (value: string | undefined, given: Given) => Outcome;

export type Rules = Readonly<Record<string, Rule>>;

export const unset: Outcome = { kind: "default" };

export const translated = (path: string, value: unknown, note?: string): Outcome => ({
  kind: "translated",
  settings: [{ path: path.split("."), value }],
  ...(note === undefined ? {} : { note }),
});

export const wrong = (what: string, hint: string): Outcome => ({ kind: "wrong", what, hint });

/** The value as it is, where there is one. */
export const same =
  (path: string): Rule =>
  (value) =>
    value === undefined ? unset : translated(path, value);

export const wholeNumber =
  (path: string, whenUnset: Outcome = unset): Rule =>
  (value) => {
    if (value === undefined) return whenUnset;
    return /^\d{1,9}$/.test(value) ? translated(path, Number(value)) : wrong(`"${value}" is no number`, "use digits");
  };

/** As Python reads it; undefined for anything else. */
export const readFlag = (value: string): boolean | undefined => {
  if (/^(?:1|yes|true|on)$/i.test(value)) return true;
  return /^(?:0|no|false|off)$/i.test(value) ? false : undefined;
};

export const flag =
  (translate: (value: boolean) => Outcome, whenUnset: Outcome = unset): Rule =>
  (value) => {
    if (value === undefined) return whenUnset;
    const read = readFlag(value);
    return read === undefined ? wrong(`"${value}" is neither true nor false`, "use true or false") : translate(read);
  };

/** The elements of a list that commas, spaces or lines part. */
export const readList = (value: string): readonly string[] => value.split(/[\s,]+/).filter((it) => it !== "");

export const none =
  (because: string): Rule =>
  (value) =>
    value === undefined ? unset : { kind: "no-counterpart", because };
