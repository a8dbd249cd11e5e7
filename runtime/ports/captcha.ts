/** A service that tells people from programs, by a widget on a page and a word from the service about its outcome. */

export type CaptchaVerdict =
  | { readonly outcome: "solved" }
  /** It was not solved, or its outcome was used before or came too late. */
  | { readonly outcome: "refused" }
  | { readonly outcome: "unreachable"; readonly reason: string };

export interface Captcha {
  /** What clients show the widget with. */
  readonly publicKey: string;
  /** For pages of our own: the widget's script, and every origin or path that it may load from and frame. */
  readonly widget: { readonly script: string; readonly sources: readonly string[] };
  /** Asks about what the widget answered. */
  verify(response: string): Promise<CaptchaVerdict>;
}
