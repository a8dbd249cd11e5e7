import type { Terms } from "../protocol/terms.js";
import type { Medium } from "../protocol/threepid.js";
import type { Wording } from "./wording.js";

/** What a person is told who opened a link. */
export type LinkContent =
  /** `unopened` is for who only looks where the link leads. */
  | { readonly page: "confirmed" | "unopened"; readonly medium: Medium }
  | { readonly page: "refused"; readonly medium: Medium; readonly reason: Refusal }
  /** On the way to next_link. */
  | { readonly page: "continued"; readonly link: string }
  /** `busy`: too many tries; `unread`: the request never came as far as a session. */
  | { readonly page: "busy" | "unread" };

/** Why a link validated nothing: another token is the right one, it is too late, or there is no such session. */
export type Refusal = "replaced" | "expired" | "unknown";

/** What a person sees who came to complete a stage of user-interactive authentication. */
export type StageContent =
  /** A form; with a problem when it was sent and the stage is not complete. */
  | { readonly page: "form"; readonly form: StageForm; readonly problem: StageProblem | undefined }
  /** The stage is complete: the page tells the client so, where it runs scripts, and the person. */
  | { readonly page: "done" }
  /** This stage is completed in the application, not here. */
  | { readonly page: "elsewhere"; readonly stage: "email" | "msisdn" | "password" }
  /**
   * `early`: another stage comes first. `over`: the session is unknown, over or used up. `unserved`: there is no page
   * for such a stage.
   */
  | { readonly page: "early" | "over" | "unserved" };

/**
 * `failed`: what was sent does not complete the stage. `busy`: it was sent too often. `later`: a service that has to be
 * asked did not answer, and nobody here did anything wrong.
 */
export type StageProblem = "failed" | "busy" | "later";

export type StageForm =
  | { readonly stage: "dummy" | "token" }
  /** What a right password leads to. */
  | { readonly stage: "password"; readonly purpose: "password" | "deactivate" | "add" | "remove devices" }
  | { readonly stage: "terms"; readonly terms: Terms }
  | { readonly stage: "captcha"; readonly publicKey: string; readonly script: string };

export type PageContent = LinkContent | StageContent;

/** Words a page: a whole document in HTML. The page of a stage that is done, and the one with a captcha, hold a script. */
export type Pages = (content: PageContent, wording: Wording) => string;
