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
    this.commons.refuse(
      body.get("content")?.get("text/event-stream"),
      "events are told by servers: a request cannot hold them",
      "give the body another media type",
    );
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
      return {
        mediaType,
        ...(schema === undefined ? {} : { schema }),
        examples: this.commons.examplesOf(media, this.around.references, mediaType),
        ...this.commons.kept(media),
        ...this.encoding(media.get("encoding"), mediaType),
      };
    });
  }

  private schema(node: Node | undefined, name: string): Schema | undefined {
    return node && this.around.schemas.body(name, node, this.around.dialect);
  }

  /** What stands between the elements of a field, and the types that its parts may have. */
  private encoding(node: Node | undefined, mediaType: string): Pick<MediaModel, "separators" | "partTypes"> {
    const entries = this.commons.shape.map(node)?.entries() ?? [];
    const separators = entries.flatMap(([field, encoding]) => {
      for (const key of ["headers", "allowReserved"]) {
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
    const partTypes = entries.flatMap(([field, encoding]) => {
      const given = encoding.get("contentType");
      const text = this.commons.shape.text(given);
      if (text === undefined) return [];
      if (mediaType === "multipart/form-data") return [[field, text.split(",").map(mediaTypeOf)] as const];
      this.commons.refuse(
        given,
        "only the parts of multipart/form-data have types of their own",
        "remove `contentType`, or let the form be multipart/form-data",
      );
      return [];
    });
    return {
      ...(separators.length === 0 ? {} : { separators: Object.fromEntries(separators) }),
      ...(partTypes.length === 0 ? {} : { partTypes: Object.fromEntries(partTypes) }),
    };
  }
}
