import { beforeAll, describe, expect, test } from "vitest";
import { type Loaded, load } from "../load/fixture.js";

let shop: Loaded;
beforeAll(async () => {
  shop = await load("openapi3");
});

describe("OpenAPI 3.1", () => {
  test("the server's variables make the base path; its host is a placeholder", () => {
    expect(shop.model.operations.map(({ id, path }) => `${id} ${path}`)).toEqual([
      "getPrices /old/prices",
      "getAnimal /shop/v3/animals/{id}",
      "putAnimal /shop/v3/animals/{id}",
      "postForm /shop/v3/forms",
    ]);
  });

  test.each([
    ["putAnimal", "required", [["bearer"]]],
    ["getAnimal", "optional", [["bearer"]]],
    ["postForm", "none", []],
  ])("%s asks for credentials: %s", (id, auth, security) => {
    expect(shop.operation(id)).toMatchObject({ auth, security });
  });

  test("a bearer scheme, in any case of letters", () => {
    expect(shop.model.securitySchemes).toEqual({ bearer: { type: "http", scheme: "bearer" } });
  });

  test("parameters and how their lists are written", () => {
    const { parameters } = shop.operation("putAnimal");
    expect(parameters.map(({ name, in: place, separator }) => [name, place, separator])).toEqual([
      ["id", "path", undefined],
      ["page", "query", undefined],
      ["tags", "query", "multi"],
      ["list", "query", ","],
      ["spaced", "query", " "],
      ["X-List", "header", ","],
      ["cookie", "cookie", undefined],
    ]);
    expect(parameters[1]?.schema).toEqual({ type: "integer", default: 1 });
    expect(parameters[6]?.deprecated).toBe(true);
  });

  test("a request body from the components, with its examples", () => {
    expect(shop.operation("putAnimal").body).toMatchObject({
      required: true,
      content: [
        {
          mediaType: "application/json",
          schema: { $ref: "#/components/schemas/Animal" },
          examples: [{ value: { kind: "cat" } }, { value: { kind: "dog" } }],
        },
      ],
    });
  });

  test("responses: content, headers and references", () => {
    const [stored, refused] = shop.operation("putAnimal").responses;
    expect(stored?.headers).toEqual([
      { name: "x-count", required: true, schema: { type: "integer" }, description: "How many." },
    ]);
    expect(stored?.content.map(({ mediaType, schema }) => [mediaType, schema])).toEqual([
      ["application/json", { $ref: "#/components/schemas/PutAnimalResponse" }],
      ["text/plain", { type: "string" }],
    ]);
    expect(refused).toMatchObject({
      status: "4XX",
      description: "There is none.",
      content: [{ schema: { $ref: "#/components/schemas/Problem" } }],
    });
  });

  test("a body in several types with several schemas has several names", () => {
    expect(shop.operation("postForm").body).toMatchObject({
      required: true,
      content: [
        { schema: { $ref: "#/components/schemas/PostFormRequest" }, separators: { names: "|" } },
        { schema: { $ref: "#/components/schemas/PostFormRequestJson" } },
      ],
    });
  });

  test("what stands beside a reference joins it by allOf", () => {
    expect(shop.property("PutAnimalResponse", "cat")).toEqual({
      allOf: [{ $ref: "#/components/schemas/Cat" }, { properties: { lives: { type: "integer" } } }],
      description: "A cat with lives.",
    });
  });

  test("lists of types, bounds, constants", () => {
    expect(shop.property("PutAnimalResponse", "at")).toEqual({ type: ["integer", "null"], exclusiveMinimum: 0 });
    expect(shop.property("Cat", "kind")).toEqual({ const: "cat" });
  });

  test("a discriminator's mapping, by name and by reference", () => {
    expect(shop.schema("Animal").discriminator).toEqual({
      propertyName: "kind",
      mapping: { cat: "#/components/schemas/Cat", dog: "#/components/schemas/Dog" },
    });
  });
});

describe("OpenAPI 3.0", () => {
  test.each([
    ["low", { type: ["number", "null"], exclusiveMinimum: 0 }],
    ["currency", { type: ["string", "null"], enum: ["EUR", "GBP", null] }],
  ])("nullable and exclusive flags: %s", (property, want) => {
    expect(shop.property("GetPricesResponse", property)).toEqual(want);
  });
});
