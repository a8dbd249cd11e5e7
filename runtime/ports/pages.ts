import type { Medium } from "../protocol/threepid.js";
import type { Wording } from "./wording.js";

/** What a person is told who opened a link. */
export type PageContent =
  /** `unopened` is for who only looks where the link leads. */
  | { readonly page: "confirmed" | "unopened"; readonly medium: Medium }
  | { readonly page: "refused"; readonly medium: Medium; readonly reason: Refusal }
  /** On the way to next_link. */
  | { readonly page: "continued"; readonly link: string }
  /** `busy`: too many tries; `unread`: the request never came as far as a session. */
  | { readonly page: "busy" | "unread" };

/** Why a link validated nothing: another token is the right one, it is too late, or there is no such session. */
export type Refusal = "replaced" | "expired" | "unknown";

/** Words a page: a whole document in HTML without scripts. */
export type Pages = (content: PageContent, wording: Wording) => string;
