import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { compareSides } from "../../../generator/compare/side.js";
import { temporaryFolder } from "../../support/tree.js";

const history = join(import.meta.dirname, "../../fixtures/history");

/** One edit of a document: the first text becomes the second. */
type Edit = readonly [file: string, from: string, to: string];

const identity = "identity/email_associations.yaml";
const account = "client-server/administrative_contact.yaml";

const rows: readonly {
  readonly name: string;
  readonly step: string;
  readonly edits: readonly Edit[];
  readonly more?: Readonly<Record<string, string>>;
  readonly told: readonly string[];
}[] = [
  {
    name: "send_attempt becomes required",
    step: "1-inline",
    edits: [[identity, "required: [client_secret, email]", "required: [client_secret, email, send_attempt]"]],
    told: ["identity emailRequestToken breaking: request body /send_attempt became required"],
  },
  {
    name: "sid is a required field of the response",
    step: "1-inline",
    edits: [
      [
        account,
        "description: A mail is on its way.\n          schema:\n            type: object\n",
        "description: A mail is on its way.\n          schema:\n            type: object\n" +
          "            properties: { sid: { type: string } }\n            required: [sid]\n",
      ],
    ],
    told: ["client-server requestTokenTo3PIDEmail additive: response 200 body /sid was added, required"],
  },
  {
    name: "submit_url is an optional field of the response",
    step: "1-inline",
    edits: [
      [
        identity,
        "sid: { type: string, description: The session. }",
        "sid: { type: string, description: The session. }\n              submit_url: { type: string }",
      ],
    ],
    told: ["identity emailRequestToken additive: response 200 body /submit_url was added"],
  },
  {
    name: "an inline schema moves into sid.yaml",
    step: "1-inline",
    edits: [
      [
        identity,
        "type: object\n            properties:\n              sid: { type: string, description: The session. }\n            required: [sid]",
        "$ref: definitions/sid.yaml",
      ],
    ],
    more: {
      "identity/definitions/sid.yaml":
        "type: object\nproperties:\n  sid: { type: string, description: The session. }\nrequired: [sid]\n",
    },
    told: [],
  },
  {
    name: "version 1 is deprecated",
    step: "3-submit-url",
    edits: [[identity, "operationId: emailRequestToken\n", "operationId: emailRequestToken\n      deprecated: true\n"]],
    told: ["identity emailRequestToken documentation: became deprecated"],
  },
];

test.each(rows)("$name", async ({ step, edits, more = {}, told }) => {
  const after = join(temporaryFolder(), step);
  cpSync(join(history, step), after, { recursive: true });
  for (const [file, from, to] of edits) {
    const text = readFileSync(join(after, file), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(after, file), text.replace(from, to));
  }
  for (const [file, text] of Object.entries(more)) {
    mkdirSync(dirname(join(after, file)), { recursive: true });
    writeFileSync(join(after, file), text);
  }
  const services = await compareSides({ path: join(history, step) }, { path: after });
  const lines = services.flatMap(({ service, operations }) =>
    operations.flatMap(({ operation, changes }) =>
      changes.map(
        ({ severity, where, what }) =>
          `${service} ${operation} ${severity}: ${[where, what].filter((part) => part !== "").join(" ")}`,
      ),
    ),
  );
  expect(lines).toEqual(told);
});
