/** A person opens the link that was sent: the handler of GET submitToken, which both servers have. */

import type { RequestContext } from "../ports/requester.js";
import type { Medium } from "../protocol/threepid.js";
import { openLink, unopenedLink } from "./page.js";
import type { Validation } from "./validation.js";
import { wordingOf } from "./wording.js";

/** The query that a mailed link holds. */
export interface LinkRequest {
  readonly query: { readonly sid: string; readonly client_secret: string; readonly token: string };
}

type Context = Pick<RequestContext<unknown>, "method" | "target" | "header">;

export const openedLink =
  (validation: Pick<Validation, "submit" | "pages">, medium: Medium) =>
  async ({ query: { sid, client_secret, token } }: LinkRequest, context: Context) => {
    const wording = wordingOf(context);
    const page =
      context.method === "HEAD"
        ? unopenedLink(validation, medium, wording)
        : await openLink(validation, medium, { sid, clientSecret: client_secret, token }, wording);
    return { status: page.status, headers: page.headers, body: page.html } as const;
  };
