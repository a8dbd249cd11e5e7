/**
 * The model: what the documents of one service say, as plain data. Front ends (one per dialect) write it,
 * emitters read it, and nothing in between needs the YAML again.
 */

/** A place in a source file. Lines and columns count from one. */
export interface Origin {
  /** Relative to the folder that holds `services.yaml`, with forward slashes. */
  readonly file: string;
  /** JSON pointer inside that file. */
  readonly pointer: string;
  readonly line: number;
  readonly column: number;
}

export type SchemaType = "null" | "boolean" | "object" | "array" | "number" | "string" | "integer";

/**
 * JSON Schema 2020-12. The only references are `#/components/schemas/NAME`, to a {@link NamedSchema} of the same
 * service; every front end translates its dialect into this.
 */
export interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
  readonly type?: SchemaType | readonly SchemaType[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly multipleOf?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema | boolean;
  readonly prefixItems?: readonly Schema[];
  readonly contains?: Schema;
  readonly minContains?: number;
  readonly maxContains?: number;
  readonly unevaluatedItems?: Schema | boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly unevaluatedProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly dependentSchemas?: Readonly<Record<string, Schema>>;
  /** With its extensions. */
  readonly discriminator?: { readonly propertyName: string; readonly mapping?: Readonly<Record<string, string>> };
  readonly xml?: unknown;
  readonly externalDocs?: unknown;
  /** Extensions of the document, kept as they are. */
  readonly [extension: `x-${string}`]: unknown;
}

/** A type of the service: a schema file, or a body that stands inside a document. */
export interface NamedSchema {
  /** Unique in the service, also without regard to case. */
  readonly name: string;
  readonly schema: Schema;
  readonly origin: Origin;
  /** A whole file (or a named definition), or a body written where it is used. */
  readonly kind: "definition" | "inline";
}

export type Method = "GET" | "PUT" | "POST" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" | "TRACE";

/** What nothing but `openapi.json` tells again, as the document has it: extensions, links, words about words. */
export type Kept = Readonly<Record<string, unknown>>;

export interface ParameterModel {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly required: boolean;
  readonly schema: Schema;
  /** For arrays: what stands between elements; "multi" repeats the key. */
  readonly separator?: "," | " " | "\t" | "|" | "multi";
  /** Absent where the separator, or the lack of one, says all there is to say. */
  readonly style?: ParameterStyle;
  /** For objects, and for lists behind the marks of a path: every member stands for itself. */
  readonly explode?: boolean;
  /** Queries only: the characters that URLs reserve stand as they are, where nothing else would read them. */
  readonly allowReserved?: boolean;
  /** Queries and forms only: the empty text is a value, whatever the schema says. */
  readonly allowEmptyValue?: boolean;
  readonly description?: string;
  readonly deprecated: boolean;
  readonly examples?: readonly ExampleModel[];
  readonly kept?: Kept;
  readonly origin: Origin;
}

/** As OpenAPI 3 names them; `json` is a parameter with `content`: its text is a JSON document. */
export type ParameterStyle =
  | "form"
  | "simple"
  | "label"
  | "matrix"
  | "spaceDelimited"
  | "pipeDelimited"
  | "deepObject"
  | "json";

export interface MediaModel {
  /** Lower case, without parameters: `application/json`. */
  readonly mediaType: string;
  /** Absent where the document gives none: the body is then unknown. */
  readonly schema?: Schema;
  readonly examples: readonly ExampleModel[];
  readonly kept?: Kept;
  /** For forms: what stands between the elements of a field that is an array; "multi", which repeats it, if absent. */
  readonly separators?: Readonly<Record<string, NonNullable<ParameterModel["separator"]>>>;
  /** For multipart forms: the types and ranges that the parts of a field may have, in lower case; any if absent. */
  readonly partTypes?: Readonly<Record<string, readonly string[]>>;
}

export interface ExampleModel {
  /** Absent where the example stands elsewhere, which `kept` tells. */
  readonly value?: unknown;
  readonly kept?: Kept;
  readonly origin: Origin;
}

export interface BodyModel {
  readonly required: boolean;
  readonly description?: string;
  readonly content: readonly MediaModel[];
  readonly kept?: Kept;
  readonly origin: Origin;
}

export interface HeaderModel extends Pick<ParameterModel, "separator" | "style" | "explode"> {
  /** Lower case. */
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly examples?: readonly ExampleModel[];
  readonly kept?: Kept;
}

export interface ResponseModel {
  /** "200", "4XX" or "default"; always text, ranges in upper case. */
  readonly status: string;
  readonly description: string;
  readonly headers: readonly HeaderModel[];
  readonly content: readonly MediaModel[];
  readonly kept?: Kept;
  readonly origin: Origin;
}

export interface OperationModel {
  /** As documented, or made from method and path; unique in the service without regard to case. */
  readonly id: string;
  readonly method: Method;
  /** Joined from base path, prefix variables and path; no placeholder but `{parameter}` is left. */
  readonly path: string;
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated: boolean;
  readonly tags: readonly string[];
  readonly auth: "none" | "optional" | "required";
  /** Alternatives; each names the schemes that must hold together. */
  readonly security: readonly (readonly string[])[];
  readonly parameters: readonly ParameterModel[];
  readonly body?: BodyModel;
  /** Declared by the document or added by an override, by status in ascending order. */
  readonly responses: readonly ResponseModel[];
  /** A 429 is declared by the document itself. */
  readonly rateLimited: boolean;
  /** The scopes asked for, by scheme. */
  readonly scopes?: Readonly<Record<string, readonly string[]>>;
  readonly extensions: Readonly<Record<`x-${string}`, unknown>>;
  /** What is kept of the operation besides, of its map of responses, and of the path that it stands under. */
  readonly kept?: Kept;
  readonly responsesKept?: Kept;
  readonly pathKept?: Kept;
  readonly origin: Origin;
}

/** What makes a service send a request of its own. */
export type Trigger =
  | { readonly kind: "webhook"; readonly name: string }
  | {
      readonly kind: "callback";
      readonly name: string;
      /** Where the request goes, as the document writes it: a URL with runtime expressions in braces. */
      readonly expression: string;
      /** The ids of the operations that promise it. */
      readonly operations: readonly string[];
      readonly kept?: Kept;
    };

/** A request that the service sends: a webhook, or a callback of an operation. */
export interface WebhookModel {
  readonly trigger: Trigger;
  /** Its path is a label, made of names: the receiver chooses the URL. */
  readonly operation: OperationModel;
}

export type SecuritySchemeModel =
  | { readonly type: "apiKey"; readonly in: "query" | "header" | "cookie"; readonly name: string }
  | { readonly type: "http"; readonly scheme: string }
  | { readonly type: "other"; readonly description: string };

/** A file that was read, and what it held: the input's hash is made of these. */
export interface Source {
  readonly file: string;
  readonly sha256: string;
}

/** What the documents of a service say of themselves, by where it stands in `openapi.json`. */
export interface AboutModel {
  readonly document: Kept;
  readonly info: Kept;
  readonly paths: Kept;
  readonly components: Kept;
}

export interface ServiceModel {
  /** The key in `services.yaml`, for example `client-server`; also the folder that is generated. */
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** By name, ascending. */
  readonly schemas: readonly NamedSchema[];
  /** By path, then method, ascending. */
  readonly operations: readonly OperationModel[];
  /** What the service sends; by path, then method, ascending. */
  readonly webhooks: readonly WebhookModel[];
  readonly securitySchemes: Readonly<Record<string, SecuritySchemeModel>>;
  /** The same schemes in the words of OpenAPI 3.1, with all that clients need not know. */
  readonly securityKept?: Readonly<Record<string, Kept>>;
  readonly about?: AboutModel;
  /** What dispatch alone may answer, for every operation that does not declare that status itself. */
  readonly implicit: readonly ResponseModel[];
  /** Every file that was read for this service, by name. */
  readonly sources: readonly Source[];
}

/** The prefix of every reference inside the model. */
export const schemaRefPrefix = "#/components/schemas/";
