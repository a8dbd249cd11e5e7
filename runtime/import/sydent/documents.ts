/** The configuration that a translation makes. */

import { Document } from "yaml";
import type { Setting } from "./option-rule.js";

const head =
  " The configuration of threepid, translated from that of a Sydent. `threepid config` prints every option there is.";

/** YAML, with each setting in its section. */
export const configurationText = (settings: readonly Setting[]): string => {
  const document = new Document({});
  document.commentBefore = head;
  for (const { path, value, isElement } of settings) {
    if (isElement && document.hasIn(path)) document.addIn(path, document.createNode(value));
    else document.setIn(path, document.createNode(isElement ? [value] : value));
  }
  return document.toString();
};
