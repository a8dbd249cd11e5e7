import type { Findings } from "./findings.js";
import type { Node } from "./node.js";

/** JSON Schema's regular expressions are those of ECMA-262, with Unicode; anything else is reported where it stands. */
export const isPattern = (text: string, node: Node, findings: Findings): boolean => {
  try {
    return new RegExp(text, "u").unicode;
  } catch (error) {
    findings.error("wrong-shape", node, {
      message: error instanceof Error ? error.message : "this is no regular expression",
      hint: "write a regular expression of ECMA-262 with the flag u, in which only special characters are escaped",
    });
    return false;
  }
};
