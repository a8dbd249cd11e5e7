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

/** Words that a constant of a module cannot be called, or that say something else there. */
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);

/** What stands for a name as a constant: the name itself where it can, else its words joined. */
export function constantName(name: string): string {
  const words = name.split(/[^\w$]+/).filter((word) => word !== "");
  const joined = words
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
  const begun = /^[A-Za-z_$]/.test(joined) ? joined : `_${joined}`;
  return reserved.has(begun) ? `${begun}_` : begun;
}
