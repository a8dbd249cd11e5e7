/** Names that nothing generated could have. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { typeName } from "./names.js";

type Named = "a parameter" | "a header" | "a property" | "an operation" | "a type";

const operations: ReadonlyMap<string, string> = new Map([
  ["orThrow", "every client has a member of this name, the calls that throw"],
  ["then", "a client with a member of this name would be taken for a promise"],
]);

const reasonAgainst = (name: string, what: Named): string | undefined => {
  // JavaScript takes this key for something else, so JSON that holds it is read without it.
  if (name === "__proto__") return "what is read from a request never holds it";
  if (what === "an operation") return operations.get(name);
  if (what === "a header" && !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return "HTTP has no header of this name";
  if (what === "a type" && typeName(name) !== name) return `a type would be called ${typeName(name)}`;
  return undefined;
};

/** Reports a name that nothing generated could have; the node is where it stands. */
export const refuseUnusable = (name: string, what: Named, node: Node, findings: Findings): void => {
  const reason = reasonAgainst(name, what);
  if (reason === undefined) return;
  findings.error("unusable-name", node, {
    message: `${what} cannot be called ${/^\S+$/u.test(name) ? name : JSON.stringify(name)}: ${reason}`,
    hint: "give it another name",
    part: "key",
  });
};
