/** Where references lead: from a file, which is a path or a URL, to another. */

import { dirname, resolve } from "node:path";
import { isRemote } from "./remote.js";

/** Undoes the escaping of a URL; a malformed escape stands for itself. */
export const unescaped = (url: string): string => {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
};

export const plainUrl = (url: URL): string => {
  url.hash = "";
  return url.href;
};

/** Where a reference in the file `from` leads, its fragment left out; undefined where that is no URL. */
export const placeOf = (target: string, from: string): string | undefined => {
  if (!isRemote(target) && !isRemote(from)) return resolve(dirname(from), unescaped(target));
  const base = isRemote(from) ? from : "https://localhost/";
  return URL.canParse(target, base) ? plainUrl(new URL(target, base)) : undefined;
};
