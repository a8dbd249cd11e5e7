import type { ServiceModel } from "../model/model.js";
import { seamVersion } from "../seam/contract.js";
import { commentLines } from "./doc-comment.js";
import { fill } from "./template.js";
import { toolchain } from "./tools.js";

/**
 * The first lines of every generated module. What the input was stands in `manifest.json` alone, so that a file changes
 * only when something in it does.
 */
export function preamble(model: ServiceModel): string {
  const { generator, tools } = toolchain();
  const named = commentLines(`tools: ${tools.map(({ name, version }) => `${name} ${version}`).join(", ")}`);
  return fill("preamble", { generator, tools: named, service: model.name, seam: seamVersion });
}
