/** A row of the table of oddities, and how its fixtures are looked into. */
import type { OperationModel } from "../../../generator/model/model.js";
import { fixtures, type Loaded, problemsOf } from "../load/fixture.js";

/** The fixtures that the rows below look into. */
export interface Trees {
  readonly letters: Loaded;
  readonly post: Loaded;
  readonly tolerated: Loaded;
  readonly oldest: Loaded;
}

/** One oddity of the protocol's published documents: which fixture of ours has it, what is looked at, what is wanted. */
export interface Quirk {
  readonly number: number;
  readonly what: string;
  readonly fixture: string;
  readonly given: (trees: Trees) => unknown;
  readonly want: unknown;
}

export const statuses = ({ responses }: OperationModel): string[] => responses.map(({ status }) => status);
export const pathOf = (tree: Loaded, id: string): string => tree.operation(id).path;
export const parameter = (tree: Loaded, id: string, name: string) =>
  tree.operation(id).parameters.find((one) => one.name === name);
export const codesOf = async (fixture: string): Promise<string[]> => [
  ...new Set((await problemsOf(fixtures + fixture)).map(({ code }) => code)),
];
export const textOf = (files: readonly { readonly text: string }[]): string => files.map(({ text }) => text).join("\n");
export const example = ({ letters }: Trees): unknown =>
  letters.operation("sendLetter").responses[0]?.content[0]?.examples;
export const sent = ({ letters }: Trees, property: string): unknown => letters.property("SendLetterRequest", property);
export const answered = ({ letters }: Trees, property: string): unknown =>
  letters.property("SendLetterResponse", property);
export const repaired = ({ tolerated }: Trees, property: string): unknown =>
  tolerated.property("SendRequest", property);

export const routesOf = (tree: Loaded) => tree.model.operations.map(({ method, path }) => ({ method, path }));
export const address = { medium: "email", address: "owl@forest.example" };
export const quirks = "positive/quirks";
export const tolerated = "positive/tolerated";
