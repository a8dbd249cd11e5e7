/** Operations that links name, of all documents of a service: only once all were read is it known what there is. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";

/** An operation that a link names, and where it does. */
export interface Linked {
  readonly id: string;
  readonly node: Node;
}

/** Reports links to operations that the service does not have. */
export const refuseUnknownLinks = (linked: readonly Linked[], ids: ReadonlySet<string>, findings: Findings): void => {
  for (const { id, node } of linked) {
    if (ids.has(id)) continue;
    findings.absence("unknown-operation", node, {
      message: `this service has no operation ${id}`,
      hint: "correct the link, or remove it",
    });
  }
};
