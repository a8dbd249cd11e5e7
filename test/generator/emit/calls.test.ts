import { expect, test } from "vitest";
import { callNames, emitCalls } from "../../../generator/emit/calls.js";
import { emitOperations } from "../../../generator/emit/operations.js";
import { smallModel } from "../../support/small-model.js";

const [first] = smallModel.operations;
if (first === undefined) throw new Error("the small service has operations");
const model = {
  ...smallModel,
  operations: ["get-pet", "getPet", "delete", "delete_", "createSmallCaller", "Operations", "9 lives", "ü", "$x"].map(
    (id) => ({ ...first, id }),
  ),
};

test("an operation is called by its id where that can be a constant, else by what comes nearest and is free", () => {
  expect([...callNames(model)].sort()).toEqual(
    [
      ["get-pet", "getPet_"],
      ["getPet", "getPet"],
      ["delete", "delete__"],
      ["delete_", "delete_"],
      ["createSmallCaller", "createSmallCaller_"],
      ["Operations", "Operations_"],
      ["9 lives", "_9Lives"],
      ["ü", "_"],
      ["$x", "$x"],
    ].sort(),
  );
});

test("the table names what it holds by id", async () => {
  const [{ text: calls } = { text: "" }] = emitCalls(model);
  const [{ text: table } = { text: "" }] = await emitOperations(model);
  expect(calls).toContain('export const getPet_: OperationOf<Operations["get-pet"]> = {\n  id: "get-pet",');
  expect(table).toContain('  "get-pet": calls.getPet_,\n  getPet: calls.getPet,\n');
});
