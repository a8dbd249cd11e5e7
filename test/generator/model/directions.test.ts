import { beforeAll, expect, test } from "vitest";
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
