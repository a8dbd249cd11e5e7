/** Names in generated code that follow from names of the documents. */

import type { ServiceModel } from "../model/model.js";

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A property key as TypeScript writes it: quoted only where it must be. */
export function propertyKey(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return identifier.test(name) || /^(?:0|[1-9]\d{0,8})$/.test(name) ? name : JSON.stringify(name);
}

/** A module of the seam, as the modules of a service import it; one service may lie in the folder of another. */
export const seamModule = ({ name }: ServiceModel, file: string): string =>
  `${"../".repeat(name.split("/").length)}seam/${file}`;

/** Where the named types of a service are; what lies in its folder shares them. */
export const typesModule = ({ name }: ServiceModel): string => (name.includes("/") ? "../types.js" : "./types.js");
