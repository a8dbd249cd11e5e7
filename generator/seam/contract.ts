/**
 * What generated code and the people who implement it agree on: operations as data, their types, and the shape
 * of a handler. Nothing here knows a framework, a socket or a particular API.
 */

/** Raised when generated code and an older seam would no longer fit together. */
export const seamVersion = 2;

export type Method = "GET" | "PUT" | "POST" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" | "TRACE";

/** How the text of one value is read before it is validated. */
export type Scalar = "string" | "integer" | "number" | "boolean";

/** One named value outside the body, or one field of a form. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie" | "form";
  readonly required: boolean;
  readonly type: Scalar | "array" | "object" | "json" | "file";
  /** For arrays: what each element is, and what stands between them ("multi" repeats the key). */
  readonly items?: Scalar | "json" | "file";
  readonly separator?: "," | " " | "\t" | "|" | "multi";
  /** For objects: what the named members are, and what any other one is; others are left where this says nothing. */
  readonly members?: readonly (readonly [name: string, type: Scalar])[];
  readonly others?: Scalar;
  /** For objects whose members are keys of the query: keys that stand for something else. */
  readonly apart?: readonly string[];
  /** Marks around a value: `;name=a` (matrix), `.a` (label), `name[key]=a` (deepObject). */
  readonly style?: "matrix" | "label" | "deepObject";
  /** For objects, and lists behind marks: every member stands for itself. */
  readonly explode?: boolean;
  /** For queries: reserved characters are sent as they are. */
  readonly reserved?: boolean;
  /** For fields of multipart forms: the types and ranges that a part may have; without it any. */
  readonly contentType?: readonly string[];
  /** Applied when the value is absent and not required. */
  readonly default?: string | number | boolean | readonly (string | number | boolean)[];
}

/**
 * How a body of one media type is read and written. `bytes` and a `stream` are handed over as they come, before their
 * end, which of a `stream` may never come.
 */
export type Encoding = "json" | "form" | "multipart" | "text" | "bytes" | "stream";

export interface Body {
  readonly required: boolean;
  /** Media types in the document's order; the first one is assumed when a request names none. */
  readonly content: Readonly<Record<string, Encoding>>;
  /** For forms: the fields, so that their text becomes values before validation. */
  readonly fields?: readonly Parameter[];
  /** The fields of media types whose form has others. */
  readonly fieldsOf?: Readonly<Record<string, readonly Parameter[]>>;
}

export interface DeclaredResponse {
  /** Media types in the document's order; empty where the document gives no schema. */
  readonly content: Readonly<Record<string, Encoding>>;
  readonly headers?: readonly Parameter[];
}

/** By status as text: "200", a range such as "4XX", or "default". */
export type DeclaredResponses = Readonly<Record<string, DeclaredResponse>>;

/** One operation of a document, as data. Server, client, metrics and table-driven tests read this. */
export interface Operation {
  readonly id: string;
  readonly method: Method;
  /** Joined once from base path, prefix variables and path; holds `{name}` for parameters. */
  readonly path: string;
  readonly auth: "none" | "optional" | "required";
  /** Alternatives, each a list of scheme names that must hold together. Empty when `auth` is "none". */
  readonly security: readonly (readonly string[])[];
  readonly parameters: readonly Parameter[];
  readonly body: Body | null;
  readonly responses: DeclaredResponses;
  /** What dispatch alone may answer, the same for all operations of a service; `responses` wins where it has the key. */
  readonly implicit: DeclaredResponses;
  readonly rateLimited: boolean;
  readonly deprecated: boolean;
}

export type OperationTable = Readonly<Record<string, Operation>>;

/** One way to present credentials, as the document names it. */
export type SecurityScheme =
  | { readonly type: "apiKey"; readonly in: "query" | "header" | "cookie"; readonly name: string }
  | { readonly type: "http"; readonly scheme: string }
  | { readonly type: "other"; readonly description: string };

export type SecuritySchemes = Readonly<Record<string, SecurityScheme>>;

/** The types of one operation. Generated code writes one member of this shape for each operation. */
export interface OperationTypes {
  readonly params: object;
  readonly query: object;
  readonly headers: object;
  readonly body: unknown;
  /** Where the body has several media types, or a range: each by itself, and the one that needs no naming. */
  readonly contents?: object;
  readonly assumed?: string;
  /** The names of parameters with a default, of query and headers: callers may leave them out, handlers find them. */
  readonly defaulted?: string;
  /** `{ 200: { body: Sid; headers: {} }; "4XX": ... }`, with `contents` and `assumed` like the request. */
  readonly responses: object;
  readonly implicit: object;
}

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type NumberOf<Text extends string> = Text extends `${infer N extends number}` ? N : never;

type Inside<Range> = Range extends `${infer Hundreds extends 1 | 2 | 3 | 4 | 5}XX`
  ? NumberOf<`${Hundreds}${Digit}${Digit}`>
  : never;

/** The numbers that a status key stands for: a range leaves out what of `Others` has a key of its own, `default` ranges, too. */
export type StatusOf<Key, Others = never> = Key extends number
  ? Key
  : Key extends "default"
    ? Exclude<Inside<`${1 | 2 | 3 | 4 | 5}XX`>, Others | Inside<Others>>
    : Exclude<Inside<Key>, Others>;

/** Bytes are a stream for those who read them; who gives them may also have them in another way. */
type Given<Body, Ways> = Body extends ReadableStream<Uint8Array> ? Body | Ways : Body;

type BodyPart<Body> = [Body] extends [undefined] ? { readonly body?: undefined } : { readonly body: Body };

/** The media types that a key of a document stands for: a range for every one in it. */
type MediaTypeOf<Key> = Key extends "*/*"
  ? `${string}/${string}`
  : Key extends `${infer Main}/*`
    ? `${Main}/${string}`
    : Key & string;

/** A body and its media type, one alternative for each that is declared. */
export type Typed<Contents> = {
  [Key in keyof Contents]: { readonly contentType: MediaTypeOf<Key>; readonly body: Contents[Key] };
}[keyof Contents];

/** The same to be given, where the one that is assumed needs no naming. */
type Chosen<Contents, Assumed, Ways> = {
  [Key in keyof Contents]: (Key extends Assumed
    ? { readonly contentType?: MediaTypeOf<Key> }
    : { readonly contentType: MediaTypeOf<Key> }) & { readonly body: Given<Contents[Key], Ways> };
}[keyof Contents];

/** What a handler may answer as a body: of several media types one, by its name. */
type AnswerBody<Response, Body> = Response extends {
  readonly contents: infer Contents;
  readonly assumed: infer Assumed;
}
  ? Chosen<Contents, Assumed, Uint8Array>
  : BodyPart<Given<Body, Uint8Array>>;

type HeadersPart<Headers> = keyof Headers extends never
  ? { readonly headers?: Readonly<Record<string, string>> }
  : { readonly headers: Readonly<Headers> & Readonly<Record<string, string | Headers[keyof Headers]>> };

type AnswersOf<Responses> = {
  [Key in keyof Responses]: Responses[Key] extends { readonly body: infer Body; readonly headers: infer Headers }
    ? { readonly status: StatusOf<Key, keyof Responses> } & AnswerBody<Responses[Key], Body> & HeadersPart<Headers>
    : never;
}[keyof Responses];

/** What a handler may answer: one of the declared statuses, with that status's body and headers. */
export type Answer<T extends OperationTypes> = AnswersOf<T["responses"]>;

/** Values of which those with a default are always there. */
type Filled<Values, T> = T extends { readonly defaulted: infer Names }
  ? Values & Required<Pick<Values, Extract<keyof Values, Names>>>
  : Values;

/** The body of a request, and which of several media types it has. */
type RequestBody<T extends OperationTypes> = T extends { readonly contents: infer Contents }
  ?
      | Typed<Contents>
      | (undefined extends T["body"] ? { readonly contentType?: undefined; readonly body: undefined } : never)
  : { readonly body: T["body"] };

/** A request that was routed, decoded and validated. */
export type HandlerRequest<T extends OperationTypes> = {
  readonly params: T["params"];
  readonly query: Filled<T["query"], T>;
  readonly headers: Filled<T["headers"], T>;
} & RequestBody<T>;

export type Handler<T extends OperationTypes, Context> = (
  request: HandlerRequest<T>,
  context: Context,
) => Answer<T> | Promise<Answer<T>>;

type GivenBody<Body> = [Body] extends [undefined]
  ? { readonly body?: undefined }
  : undefined extends Body
    ? { readonly body?: Body }
    : { readonly body: Body };

/** The body that a caller gives: of several media types one, by its name. */
export type CallBody<T extends OperationTypes> = T extends {
  readonly contents: infer Contents;
  readonly assumed: infer Assumed;
}
  ? Chosen<Contents, Assumed, Uint8Array | Blob> | (undefined extends T["body"] ? GivenBody<undefined> : never)
  : GivenBody<Given<T["body"], Uint8Array | Blob>>;

type AcceptableOf<Responses> = {
  [Key in keyof Responses]: Responses[Key] extends { readonly contents: infer Contents }
    ? MediaTypeOf<keyof Contents>
    : never;
}[keyof Responses];

/** The media type that a caller asks for, where an operation answers in several. */
export type CallAccept<T extends OperationTypes> = [AcceptableOf<T["responses"]>] extends [never]
  ? unknown
  : { readonly accept?: AcceptableOf<T["responses"]> };

type ReceivedBody<Response, Body> = Response extends { readonly contents: infer Contents }
  ? Typed<Contents>
  : { readonly body: Body };

/** The headers as they came, and as values those that the document declares, by name in lower case. */
interface ReceivedHeaders<Declared> {
  readonly headers: Headers;
  readonly declaredHeaders: Readonly<Declared>;
}

type ReceivedOf<Responses, Others> = {
  [Key in keyof Responses]: Responses[Key] extends { readonly body: infer Body; readonly headers: infer Declared }
    ? { readonly status: StatusOf<Key, Others> } & ReceivedHeaders<Declared> & ReceivedBody<Responses[Key], Body>
    : never;
}[keyof Responses];

/** What a caller may receive: everything declared, and what dispatch alone may answer. */
export type Received<T extends OperationTypes> =
  | ReceivedOf<T["responses"], keyof T["responses"]>
  | ReceivedOf<Omit<T["implicit"], keyof T["responses"]>, Extract<keyof T["responses"], number> | keyof T["implicit"]>;

/** One reason why a value does not fit its schema. */
export interface Violation {
  /** JSON pointer into the value; empty for the value itself. */
  readonly path: string;
  /** The keyword of the schema that was broken. */
  readonly keyword: string;
  /** For `required`: the name of the absent property. */
  readonly missing?: string;
  /** In words, for people. */
  readonly message: string;
}

/** A compiled check. Answers the first violation, or undefined when the value fits. */
export type Check = (value: unknown) => Violation | undefined;

/** The request checks of one operation; a part that is absent needs no check. */
export interface RequestChecks {
  readonly params?: Check;
  readonly query?: Check;
  readonly headers?: Check;
  readonly body?: Check;
  /** Where media types have schemas of their own: the check of each, in place of `body`. */
  readonly [body: `body ${string}`]: Check;
}

/**
 * The response checks of one operation, by status key as in {@link Operation.responses}; where the media types of a
 * status have schemas of their own, by status key and media type: `200 application/json`. Those of its headers stand
 * behind the status key: `200 headers`.
 */
export type ResponseChecks = Readonly<Record<string, Check>>;
