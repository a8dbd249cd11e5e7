/** OpenAPI 3's request bodies and the content of responses. */

import type { Node } from "../load/node.js";
import { type Commons, mediaTypeOf, type Surroundings } from "./documents.js";
import type { BodyModel, MediaModel, Schema } from "./model.js";
import { pascalCase, requestName } from "./names.js";
import { separatorOf } from "./openapi3-parameters.js";

export class Openapi3Bodies {
  private readonly around: Surroundings;
  private readonly commons: Commons;

  constructor(around: Surroundings, commons: Commons) {
    this.around = around;
    this.commons = commons;
  }

  request(node: Node | undefined, id: string): BodyModel | undefined {
    const body = node && this.around.references.settled(node);
    if (node === undefined || body === undefined || this.commons.shape.map(body) === undefined) return undefined;
    this.commons.known(body, "a request body", ["description", "content", "required", "$ref"]);
    const description = this.commons.shape.text(node.get("description") ?? body.get("description"));
    return {
      required: this.commons.shape.flag(body.get("required")) ?? false,
      ...(description === undefined ? {} : { description }),
      content: this.content(this.commons.shape.need(body, "content"), requestName(id)),
      ...this.commons.kept(body),
      origin: body.origin(),
    };
  }

  /** The first schema takes the name; others, where they differ, add their media type to it. */
  content(node: Node | undefined, name: string): readonly MediaModel[] {
    return (this.commons.shape.map(node)?.entries() ?? []).flatMap(([key, media], index) => {
      if (this.commons.shape.map(media) === undefined) return [];
      this.commons.known(media, "a media type", ["schema", "example", "examples", "encoding"]);
      const mediaType = mediaTypeOf(key);
      const mediaName = index === 0 ? name : name + pascalCase(mediaType.slice(mediaType.indexOf("/") + 1));
      const schema = this.schema(media.get("schema"), mediaName);
      const separators = this.separators(media.get("encoding"));
      return {
        mediaType,
        ...(schema === undefined ? {} : { schema }),
        examples: this.commons.examplesOf(media, this.around.references, mediaType),
        ...this.commons.kept(media),
        ...(separators === undefined ? {} : { separators }),
      };
    });
  }

  private schema(node: Node | undefined, name: string): Schema | undefined {
    return node && this.around.schemas.body(name, node, this.around.dialect);
  }

  private separators(node: Node | undefined): MediaModel["separators"] {
    const entries = this.commons.shape.map(node)?.entries() ?? [];
    const found = entries.flatMap(([field, encoding]) => {
      for (const key of ["contentType", "headers", "allowReserved"]) {
        this.commons.refuse(encoding.get(key), `\`${key}\` of a form's field is not supported`, `remove \`${key}\``);
      }
      const style = this.commons.shape.text(encoding.get("style")) ?? "form";
      const separator = separatorOf(style, this.commons.shape.flag(encoding.get("explode")) ?? style === "form");
      if (separator !== undefined) return [[field, separator] as const];
      this.commons.refuse(
        encoding.get("style"),
        `the style ${style} is not supported`,
        "use form, spaceDelimited or pipeDelimited",
      );
      return [];
    });
    return found.length === 0 ? undefined : Object.fromEntries(found);
  }
}
