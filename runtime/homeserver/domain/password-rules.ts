import { protocolError } from "../../protocol/errors.js";
import type { CharacterClass, PasswordSettings } from "../settings.js";

export interface PasswordRules {
  /** Throws M_WEAK_PASSWORD, which says everything that the password lacks. */
  check(password: string): void;
}

/** Of every script, as far as it tells cases apart. */
const classes: Readonly<Record<CharacterClass, { readonly shape: RegExp; readonly words: string }>> = {
  lowercase: { shape: /\p{Ll}/u, words: "a lower-case letter" },
  uppercase: { shape: /\p{Lu}/u, words: "an upper-case letter" },
  digit: { shape: /\p{Nd}/u, words: "a digit" },
  symbol: { shape: /[^\p{L}\p{N}]/u, words: "a character that is neither a letter nor a digit" },
};

export const passwordRules = ({ minimumLength, requiredCharacters }: PasswordSettings): PasswordRules => ({
  check(password) {
    // Characters as people count them, near enough: code points.
    const short = [...password].length < minimumLength ? [`at least ${minimumLength} characters`] : [];
    const missing = requiredCharacters.map((it) => classes[it]).filter(({ shape }) => !shape.test(password));
    const lacks = [...short, ...missing.map(({ words }) => words)];
    if (lacks.length > 0) {
      throw protocolError("M_WEAK_PASSWORD", { error: `A password needs ${lacks.join(", ")}.` });
    }
  },
});
