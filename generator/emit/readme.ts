/** `README.md` of a service: what its folder holds, and its operations. */

import type { ServiceModel } from "../model/model.js";
import { pascalCase } from "../model/names.js";
import type { EmittedFile } from "./file.js";
import { fill } from "./template.js";
import { toolchain } from "./tools.js";

export function emitReadme(model: ServiceModel): EmittedFile[] {
  const { name, title, description = "", operations, schemas, sources } = model;
  const text = fill("service-readme", {
    title,
    description,
    generator: toolchain().generator,
    client: `${pascalCase(name)}Client`,
    caller: `${pascalCase(name)}Caller`,
    schemaCount: schemas.length,
    operationCount: operations.length,
    operations,
    sources,
  });
  return [{ path: `${name}/README.md`, text }];
}
