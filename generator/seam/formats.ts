/** The string and number formats that documents name. Linear in the length of the text. */

/** Tests a text; or, for `type: "number"`, a number. Both shapes are Ajv's own. */
export type Format =
  | ((text: string) => boolean)
  | { readonly type: "number"; readonly validate: (value: number) => boolean };

/** By name, ready for Ajv's `formats` option; unknown names are absent and must be ignored by the caller. */
export const formats: Readonly<Record<string, Format>> = {};
