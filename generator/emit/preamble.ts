import { createHash } from "node:crypto";
import type { ServiceModel } from "../model/model.js";
import { seamVersion } from "../seam/contract.js";
import { commentLines } from "./doc-comment.js";
import { fill } from "./template.js";
import { toolchain } from "./tools.js";

/** A digest of every file the service was made from. */
export function inputHash({ sources }: ServiceModel): string {
  const digest = createHash("sha256");
  for (const { file, sha256 } of sources) digest.update(`${file}\0${sha256}\n`);
  return digest.digest("hex");
}

/** The first lines of every generated module. */
export function preamble(model: ServiceModel): string {
  const { generator, tools } = toolchain();
  const named = commentLines(`tools: ${tools.map(({ name, version }) => `${name} ${version}`).join(", ")}`);
  return fill("preamble", { generator, tools: named, service: model.name, input: inputHash(model), seam: seamVersion });
}
