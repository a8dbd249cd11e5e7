import { beforeAll, describe, expect, test } from "vitest";
import { type Loaded, load } from "../load/fixture.js";

let shop: Loaded;
beforeAll(async () => {
  shop = await load("swagger2");
});

const person = { $ref: "#/components/schemas/Person" };

describe("operations of Swagger 2.0", () => {
  test("the service is what services.yaml says", () => {
    const { name, title, version, description, sources } = shop.model;
    expect({ name, title, version, description }).toEqual({
      name: "shop",
      title: "Shop",
      version: "2",
      description: "Everything that Swagger 2.0 can say.",
    });
    expect(sources.map(({ file }) => file)).toEqual([
      "schemas/place.yaml",
      "services.yaml",
      "shop/definitions/person.yaml",
      "shop/definitions/security.yaml",
      "shop/shop.yaml",
    ]);
  });

  test("base path, prefix and path are joined once; operations are sorted by path and method", () => {
    expect(shop.model.operations.map(({ id, method, path }) => `${id} ${method} ${path}`)).toEqual([
      "getAnimal GET /shop/v1/animals/{id}",
      "putAnimal PUT /shop/v1/animals/{id}",
      "postPhoto POST /shop/v1/animals/{id}/photo",
      "postLogin POST /shop/v1/login",
    ]);
  });

  test("prose, tags, deprecation, extensions as they are spelled, and the place", () => {
    expect(shop.operation("getAnimal")).toMatchObject({
      summary: "One animal.",
      tags: ["animals"],
      deprecated: true,
      extensions: { "x-since": "1.10" },
      origin: { file: "shop/shop.yaml", pointer: "/paths/~1animals~1{id}/get", line: 36, column: 5 },
    });
  });

  test.each([
    ["getAnimal", "none", []],
    ["putAnimal", "optional", [["token"]]],
    ["postPhoto", "required", [["token"]]],
  ])("%s asks for credentials: %s", (id, auth, security) => {
    expect(shop.operation(id)).toMatchObject({ auth, security });
  });

  test("schemes come through a reference to the whole map; those that nothing asks for are left out", () => {
    expect(shop.model.securitySchemes).toEqual({ token: { type: "apiKey", in: "header", name: "X-Token" } });
  });

  test("parameters: the operation's before the path's, separators by collectionFormat", () => {
    const parameters = shop.operation("getAnimal").parameters;
    expect(parameters.map(({ name, in: place, required, separator }) => [name, place, required, separator])).toEqual([
      ["id", "path", true, undefined],
      ["page", "query", false, undefined],
      ["verbose", "query", true, undefined],
      ["csv", "query", false, ","],
      ["ssv", "query", false, " "],
      ["tsv", "query", false, "\t"],
      ["pipes", "query", false, "|"],
      ["multi", "query", false, "multi"],
      ["X-Trace", "header", false, undefined],
    ]);
    expect(shop.operation("putAnimal").parameters[1]).toMatchObject({
      schema: { type: "boolean" },
      description: "From the path.",
    });
  });

  test("a default is kept where it can apply, and left out on a required parameter", () => {
    const [, page, verbose] = shop.operation("getAnimal").parameters;
    expect(page?.schema).toEqual({ type: "integer", default: 1, exclusiveMinimum: 0 });
    expect(verbose?.schema).toEqual({ type: "string" });
  });

  test("statuses are text in ascending order, ranges in upper case after their hundred", () => {
    const { responses } = shop.operation("getAnimal");
    expect(responses.map(({ status }) => status)).toEqual(["200", "3XX", "404", "4XX", "default"]);
    expect(responses[1]?.headers).toEqual([
      { name: "location", required: false, schema: { type: "string" }, description: "Where." },
    ]);
    expect(responses[2]?.description).toBe("There is none.");
  });

  test("content is the schema in each produced type, with that type's example", () => {
    expect(shop.operation("getAnimal").responses[0]?.content).toMatchObject([
      {
        mediaType: "application/json",
        schema: { $ref: "#/components/schemas/Animal" },
        examples: [{ value: { kind: "cat" } }],
      },
      { mediaType: "application/problem+json", schema: { $ref: "#/components/schemas/Animal" }, examples: [] },
    ]);
    expect(shop.operation("postPhoto").responses[0]?.content).toEqual([
      { mediaType: "image/png", schema: { type: "string", format: "binary" }, examples: [] },
    ]);
    expect(shop.operation("putAnimal").responses[0]?.content).toEqual([]);
  });

  test("only a documented 429 marks an operation as limited", () => {
    expect(shop.model.operations.filter(({ rateLimited }) => rateLimited).map(({ id }) => id)).toEqual(["postLogin"]);
  });

  test("a second success carries its status in its name", () => {
    expect(shop.operation("postLogin").responses.map(({ content }) => content[0]?.schema?.$ref)).toEqual([
      "#/components/schemas/PostLoginResponse",
      "#/components/schemas/PostLoginResponse202",
      "#/components/schemas/Person",
    ]);
  });
});

describe("bodies of Swagger 2.0", () => {
  test("a body whose schema requires fields is required", () => {
    expect(shop.operation("putAnimal").body).toMatchObject({
      required: true,
      description: "The animal as it should be.",
      content: [{ mediaType: "application/json", schema: { $ref: "#/components/schemas/PutAnimalRequest" } }],
    });
  });

  test("form fields make one object; files are binary, lists keep their separator", () => {
    expect(shop.operation("postPhoto").body?.content).toMatchObject([
      { mediaType: "multipart/form-data", separators: { tags: "," } },
    ]);
    expect(shop.schema("PostPhotoRequest")).toEqual({
      type: "object",
      properties: { photo: { type: "string", format: "binary" }, tags: { type: "array", items: { type: "string" } } },
      required: ["photo"],
    });
  });

  test("form fields are never JSON, whatever the document consumes", () => {
    expect(shop.operation("postLogin").body?.content.map(({ mediaType }) => mediaType)).toEqual([
      "application/x-www-form-urlencoded",
    ]);
  });
});

describe("schemas of Swagger 2.0", () => {
  test.each([
    ["a list of types", "name", { type: ["string", "null"], examples: ["Tom"] }],
    ["x-nullable", "weight", { type: ["number", "null"] }],
    [
      "a closed tuple",
      "position",
      { type: "array", prefixItems: [{ type: "number" }, { type: "number" }], minItems: 2, maxItems: 2, items: false },
    ],
    ["an open tuple", "open", { type: "array", prefixItems: [{ type: "number" }] }],
    ["a reference with a description", "owner", { ...person, description: "Who feeds it." }],
    ["a reference, or null", "boss", { anyOf: [person, { type: "null" }] }],
    [
      "patterns",
      "marks",
      { type: "object", patternProperties: { "^m": { type: "integer" } }, additionalProperties: false },
    ],
  ])("%s", (_, property, want) => {
    expect(shop.property("PutAnimalRequest", property)).toEqual(want);
  });

  test("a reference with siblings is merged: the sibling wins, fields and requirements unite", () => {
    expect(shop.property("PutAnimalRequest", "keeper")).toEqual({
      type: "object",
      properties: {
        name: { type: "string", maxLength: 3 },
        friends: { type: "array", items: person },
        home: { $ref: "#/components/schemas/Place" },
        badge: { type: "string" },
      },
      required: ["name", "badge"],
    });
  });

  test("files that refer to each other in a circle are types that refer to each other", () => {
    expect(shop.property("Person", "home")).toEqual({ $ref: "#/components/schemas/Place" });
    expect(shop.property("Place", "owner")).toEqual(person);
  });

  test("a discriminator speaks of the definitions that are built on it", () => {
    expect(shop.schema("Animal").discriminator).toEqual({
      propertyName: "kind",
      mapping: { Cat: "#/components/schemas/Cat" },
    });
    expect(shop.model.schemas.map(({ name }) => name)).not.toContain("Stone");
  });
});

describe("what published documents get wrong", () => {
  test("tolerated, each defect is repaired", async () => {
    const letters = await load("tolerated");
    expect(letters.schema("SendRequest")).toEqual({
      type: "object",
      required: ["text"],
      properties: {
        text: { type: "string" },
        kind: { enum: ["a", "b"] },
        tone: { anyOf: [{ type: "string" }, { type: "object" }] },
        note: {},
        more: { type: "object", properties: {} },
      },
      examples: [{ text: "Hello" }],
    });
    expect(letters.operation("send")).toMatchObject({
      path: "/api/letters/{id}/{part}",
      auth: "required",
      security: [["token"]],
      parameters: [
        { name: "id", required: true },
        { name: "part", required: true, schema: { type: "string" } },
      ],
      responses: [
        { content: [{ schema: { $ref: "#/components/schemas/SendResponse" }, examples: [{ value: { id: "1" } }] }] },
      ],
    });
    expect(letters.model.securitySchemes["token"]?.type).toBe("other");
  });

  test("two descriptions of one route become one operation", async () => {
    const { model } = await load("twice");
    expect(model.operations.map(({ id }) => id)).toEqual(["watchAll"]);
    expect(model.operations[0]).toMatchObject({
      parameters: [
        { name: "since", required: true, schema: { type: "string" } },
        { name: "limit", required: false },
        { name: "place", required: false },
      ],
      responses: [
        {
          status: "200",
          description: "What happened.",
          content: [{ schema: { $ref: "#/components/schemas/WatchAllResponse" } }],
        },
        { status: "404" },
        {
          status: "429",
          content: [{ schema: { anyOf: [{ $ref: expect.any(String) }, { $ref: expect.any(String) }] } }],
        },
      ],
    });
  });

  test("the oldest contact document: made ids, examples as text, answers without a schema", async () => {
    const contacts = await load("oldest");
    expect(contacts.model.operations.map(({ id }) => id)).toEqual([
      "getAccount3pid",
      "postAccount3pid",
      "postAccount3pidByMediumRequestToken",
    ]);
    const [added, refused] = contacts.operation("postAccount3pid").responses;
    expect(added?.content).toMatchObject([{ mediaType: "application/json", examples: [{ value: {} }] }]);
    expect(added?.content[0]).not.toHaveProperty("schema");
    expect(refused?.content[0]?.schema).toEqual({ $ref: "#/components/schemas/PostAccount3pidResponse403" });
    expect(contacts.operation("getAccount3pid").responses[0]?.content[0]?.examples[0]?.value).toEqual({
      threepids: [{ medium: "email", address: "alice@example.org" }],
    });
    expect(contacts.operation("postAccount3pid").body?.required).toBe(false);
  });
});
