import { protocolError } from "../../protocol/errors.js";

export interface PasswordRules {
  /** Throws M_WEAK_PASSWORD. */
  check(password: string): void;
}

/** @param minimumLength in characters as people count them, near enough: code points. */
export const passwordRules = (minimumLength: number): PasswordRules => ({
  check(password) {
    if ([...password].length < minimumLength) {
      throw protocolError("M_WEAK_PASSWORD", { error: `A password has at least ${minimumLength} characters.` });
    }
  },
});
