/** What the documents say of the service as a whole: where it is, who is let in, what its tags mean. */

import type { SecuritySchemeModel, ServiceModel } from "../model/model.js";
import { isRecord } from "../record.js";

const recordsAt = ({ about }: ServiceModel, key: string): readonly Readonly<Record<string, unknown>>[] => {
  const list = about?.document[key];
  return Array.isArray(list) ? list.filter(isRecord) : [];
};

/** What a tag means, in the words of the document. */
export const tagWords = (model: ServiceModel, tag: string): string | undefined => {
  const described = recordsAt(model, "tags").find(({ name }) => name === tag)?.["description"];
  return typeof described === "string" ? described : undefined;
};

/** Addresses that paths are put behind. */
export const serverUrls = (model: ServiceModel): readonly string[] =>
  recordsAt(model, "servers").flatMap(({ url }) => (typeof url === "string" ? [url] : []));

const schemeWords = (scheme: SecuritySchemeModel): string => {
  if (scheme.type === "other") return scheme.description;
  if (scheme.type === "apiKey") {
    const place = scheme.in === "query" ? "query parameter" : scheme.in;
    return `a key in the ${place} ${scheme.name}`;
  }
  return scheme.scheme.toLowerCase() === "bearer" ? "Authorization: Bearer TOKEN" : `HTTP ${scheme.scheme}`;
};

/** How callers say who they are, by the name of each scheme that an operation wants. */
export const waysIn = ({ operations, securitySchemes }: ServiceModel): readonly { name: string; words: string }[] => {
  const used = new Set(operations.flatMap(({ security }) => security.flat()));
  return Object.entries(securitySchemes)
    .filter(([name]) => used.has(name))
    .map(([name, scheme]) => ({ name, words: schemeWords(scheme) }));
};
