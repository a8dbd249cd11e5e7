/** Names that services.yaml fixes: of schemas, by file and pointer, and of operations, by their place. */

import type { Findings } from "../load/findings.js";
import type { PinnedName } from "../load/manifest.js";
import type { Node } from "../load/node.js";
import type { References } from "./references.js";
import { refuseUnusable } from "./unusable.js";

export class Pins {
  private readonly findings: Findings;
  private readonly pins = new Map<string, PinnedName>();
  private readonly used = new Set<PinnedName>();

  constructor(names: readonly PinnedName[], references: References, findings: Findings) {
    this.findings = findings;
    for (const pin of names) {
      const target = references.follow(pin.node.standing(pin.target));
      if (target !== undefined) this.pins.set(target.identity, pin);
    }
  }

  nameOf(node: Node): string | undefined {
    const pin = this.pins.get(node.identity);
    if (pin !== undefined) this.used.add(pin);
    return pin?.name;
  }

  /** A name that has to be an identifier. */
  typeNameOf(node: Node): string | undefined {
    const pin = this.pins.get(node.identity);
    if (pin !== undefined) refuseUnusable(pin.name, "a type", pin.node, this.findings);
    return this.nameOf(node);
  }

  /** Reports every pinned name of something that is not there. */
  settle(): void {
    for (const pin of this.pins.values()) {
      if (this.used.has(pin)) continue;
      this.findings.absence("unneeded-name", pin.node, {
        message: `nothing in this service refers to ${pin.target}, and it is no operation`,
        hint: "remove the name, or correct its target",
        part: "key",
      });
    }
  }
}
