/** Documents with holes, filled by Handlebars. */

import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

/** A hole that the data does not fill is an error. */
function filled(name: string, data: object, noEscape: boolean): string {
  const source = readFileSync(new URL(`./templates/${name}.hbs`, import.meta.url), "utf8");
  const text = Handlebars.compile(source, { noEscape, strict: true })(data);
  if (typeof text !== "string" || text === "") throw new Error(`handlebars filled ${name} with nothing`);
  return text;
}

/** Fills `templates/<name>.hbs` with text as it is. */
export const fill = (name: string, data: object): string => filled(name, data, true);

/** Fills `templates/<name>.hbs`, a page of HTML: what stands in two braces is escaped. */
export const fillPage = (name: string, data: object): string => filled(name, data, false);
