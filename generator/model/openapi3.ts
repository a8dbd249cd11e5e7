/** The front end for OpenAPI 3.0 and 3.1. */

import type { FoundOperation, Surroundings } from "./documents.js";

export const readOpenapi3 = ({ document, findings }: Surroundings): readonly FoundOperation[] => {
  findings.error("unsupported", document.get("openapi") ?? document, {
    message: "OpenAPI 3 is read by a later front end",
    hint: "write the document in Swagger 2.0",
  });
  return [];
};
