import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test } from "vitest";
import { emitOpenapi } from "../../../generator/emit/openapi.js";
import { liveChecks } from "../../../generator/emit/validators.js";
import { formats } from "../../../generator/seam/formats.js";
import { type Loaded, load } from "../load/fixture.js";

let desk: Loaded;
beforeAll(async () => {
  desk = await load("directions");
});

const fieldsOf = (name: string) => {
  const { properties = {}, required = [], allOf = [] } = desk.schema(name);
  const parts = [{ properties, required }, ...allOf];
  return [parts.flatMap((part) => Object.keys(part.properties ?? {})), parts.flatMap((part) => part.required ?? [])];
};

test.each([
  ["Account", ["id", "name", "manager"], ["id", "name"]],
  ["AccountInput", ["name", "password", "manager"], ["name", "password"]],
  ["Stamp", ["zone"], []],
  ["Change", ["rev", "note", "rev", "note"], ["rev", "note"]],
  ["ChangeInput", ["note", "note"], ["note"]],
  ["Plain", ["a"], []],
])("%s has the fields of its side", (name, properties, required) => {
  expect(fieldsOf(name)).toEqual([properties, required]);
});

test("only what stands on both sides and differs has two names", () => {
  expect(desk.model.schemas.map(({ name }) => name)).toEqual([
    "Account",
    "AccountInput",
    "Change",
    "ChangeInput",
    "Page",
    "Plain",
    "Revision",
    "Stamp",
  ]);
});

test("each side refers to its own, also from within", () => {
  const { body, responses } = desk.operation("open");
  expect(body?.content[0]?.schema).toEqual({ $ref: "#/components/schemas/AccountInput" });
  expect(responses[0]?.content[0]?.schema).toEqual({ $ref: "#/components/schemas/Account" });
  expect(desk.property("AccountInput", "manager")).toEqual({ $ref: "#/components/schemas/AccountInput" });
  expect(desk.property("Account", "manager")).toEqual({ $ref: "#/components/schemas/Account" });
});

test("a body of nothing but what the service writes need not be sent", () => {
  expect([desk.operation("stamp").body?.required, desk.operation("open").body?.required]).toEqual([false, true]);
});

const ada = { id: "1", name: "Ada" };

test.each([
  { value: { items: [ada] }, where: undefined },
  { value: { items: [{ ...ada, other: 1 }] }, where: undefined },
  { value: { items: [ada, { ...ada, password: "x" }] }, where: "/items/1/password" },
  { value: { items: [{ ...ada, manager: { ...ada, password: "x" } }] }, where: "/items/0/manager/password" },
])("an answer that holds what is never told is refused at $where, by every validator", ({ value, where }) => {
  const violation = liveChecks(desk.model).responses["accounts"]?.["200"]?.(value);
  expect(violation?.path).toBe(where);
  if (where !== undefined) expect(violation?.message).toBe("is not allowed");
  const [file] = emitOpenapi(desk.model);
  const { components } = JSON.parse(file?.text ?? "");
  const ajv = new Ajv2020({ strict: false, formats }).addSchema({ $id: "service", components });
  expect(ajv.validate({ $ref: "service#/components/schemas/Page" }, value)).toBe(where === undefined);
});

test("a request that holds what only the service writes is taken: servers may overlook it", () => {
  const { body } = liveChecks(desk.model).requests["open"] ?? {};
  expect(body?.({ id: "7", name: "Ada", password: "x" })).toBeUndefined();
});

test("an example of a schema shows each side what is its own, and is right on both", () => {
  expect(desk.schema("Account").examples).toEqual([{ id: "1", name: "Ada" }]);
  expect(desk.schema("AccountInput").examples).toEqual([{ name: "Ada", password: "s" }]);
  expect(desk.warnings.map(({ message, origin }) => `${origin.line}: ${message}`)).toEqual([
    "37: this example breaks its own schema: no answer tells `password`, which is `writeOnly`",
  ]);
});
