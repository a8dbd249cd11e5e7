/** Documents with holes, filled by Handlebars. */

import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

/** Fills `templates/<name>.hbs`; a hole that the data does not fill is an error. */
export function fill(name: string, data: object): string {
  const source = readFileSync(new URL(`./templates/${name}.hbs`, import.meta.url), "utf8");
  const text = Handlebars.compile(source, { noEscape: true, strict: true })(data);
  if (typeof text !== "string" || text === "") throw new Error(`handlebars filled ${name} with nothing`);
  return text;
}
