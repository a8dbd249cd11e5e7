/** How whoever asks wants to be written to. */

import type { RequestContext } from "../ports/requester.js";
import type { Wording } from "../ports/wording.js";

const brandShape = /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/;
const languagesShape = /^[0-9A-Za-z*,;=. -]{1,200}$/;

const fitting = (text: string | null | undefined, shape: RegExp): string | undefined =>
  text !== null && text !== undefined && shape.test(text) ? text : undefined;

/**
 * `brand` and `lang` of the query, the header `Accept-Language` where there is no `lang`. What is given twice is not
 * given, and neither is what cannot be meant.
 */
export const wordingOf = (request: Pick<RequestContext<unknown>, "target" | "header">): Wording => {
  const query = /[?&](?:brand|lang)=/.test(request.target)
    ? new URLSearchParams(request.target.slice(request.target.indexOf("?")))
    : undefined;
  const only = (name: string): string | null => (query?.getAll(name).length === 1 ? query.get(name) : null);
  return {
    brand: fitting(only("brand"), brandShape),
    language: fitting(only("lang") ?? request.header("accept-language"), languagesShape),
  };
};
