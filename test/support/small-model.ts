import type {
  NamedSchema,
  OperationModel,
  Origin,
  ResponseModel,
  Schema,
  ServiceModel,
} from "../../generator/model/model.js";

const origin: Origin = { file: "identity/small.yaml", pointer: "", line: 1, column: 1 };

function named(name: string, schema: Schema, kind: NamedSchema["kind"] = "definition"): NamedSchema {
  return { name, schema, kind, origin };
}

function json(status: string, description: string, schema?: Schema): ResponseModel {
  const media = { mediaType: "application/json", examples: [], ...(schema === undefined ? {} : { schema }) };
  return { status, description, headers: [], content: [media], origin };
}

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const requestToken: OperationModel = {
  id: "emailRequestToken",
  method: "POST",
  path: "/_matrix/identity/v2/validate/email/requestToken",
  summary: "Ask for a mail with a token",
  deprecated: false,
  tags: [],
  auth: "required",
  security: [["accessToken"]],
  parameters: [],
  body: {
    required: true,
    content: ["application/json", "application/x-www-form-urlencoded"].map((mediaType) => ({
      mediaType,
      schema: ref("RequestEmailValidation"),
      examples: [],
    })),
    origin,
  },
  responses: [json("200", "A session was made", ref("Sid")), json("400", "Refused", ref("MatrixError"))],
  rateLimited: false,
  extensions: {},
  origin,
};

const submitToken: OperationModel = {
  id: "emailSubmitTokenGet",
  method: "GET",
  path: "/_matrix/identity/v2/validate/email/submitToken/{kind}",
  description: "Opened from the mail.\nEnds with a page */ for people.",
  deprecated: true,
  tags: [],
  auth: "none",
  security: [],
  parameters: [
    { name: "kind", in: "path", required: true, schema: { type: "string" }, deprecated: false, origin },
    {
      name: "sid",
      in: "query",
      required: true,
      schema: { type: "string", pattern: "^[0-9a-z]+$" },
      deprecated: false,
      origin,
    },
    {
      name: "limit",
      in: "query",
      required: false,
      schema: { type: "integer", default: 10 },
      deprecated: false,
      origin,
    },
    {
      name: "ids",
      in: "query",
      required: false,
      separator: ",",
      schema: { type: "array", items: { type: "string" } },
      deprecated: false,
      origin,
    },
  ],
  responses: [
    {
      status: "200",
      description: "A page",
      headers: [],
      content: [{ mediaType: "text/html", schema: { type: "string" }, examples: [] }],
      origin,
    },
    {
      status: "3XX",
      description: "Elsewhere",
      headers: [{ name: "location", required: true, schema: { type: "string" } }],
      content: [],
      origin,
    },
  ],
  rateLimited: false,
  extensions: {},
  origin,
};

/** A service small enough to read: a session by mail, its error, and the shapes that printers get wrong. */
export const smallModel: ServiceModel = {
  name: "small",
  title: "Small Service",
  version: "1",
  schemas: [
    named("MatrixError", {
      type: "object",
      required: ["errcode"],
      properties: { errcode: { type: "string" }, error: { type: "string" } },
      additionalProperties: { type: "integer" },
    }),
    named("RequestEmailValidation", {
      type: "object",
      required: ["client_secret", "email", "send_attempt"],
      properties: {
        client_secret: { type: "string", maxLength: 255, description: "Chosen by the client." },
        email: { type: "string" },
        send_attempt: { type: "integer", format: "int64" },
        next_link: { type: "string", format: "uri" },
      },
    }),
    named("Sid", {
      type: "object",
      description: "A session.",
      required: ["sid"],
      properties: { sid: { type: "string" } },
    }),
    named("Tree", {
      allOf: [ref("Sid"), { type: "object", properties: { children: { type: "array", items: ref("Tree") } } }],
      anyOf: [{ required: ["children"] }, { required: ["sid"] }],
    }),
  ],
  operations: [requestToken, submitToken],
  webhooks: [],
  securitySchemes: { accessToken: { type: "http", scheme: "bearer" } },
  implicit: [json("401", "No access token", ref("MatrixError")), json("5XX", "The server failed", ref("MatrixError"))],
  sources: [{ file: "identity/small.yaml", sha256: "0".repeat(64) }],
};
