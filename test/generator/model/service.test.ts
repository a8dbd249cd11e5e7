import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { GenerationError } from "../../../generator/errors.js";
import { loadServices } from "../../../generator/load/services.js";
import { isDefect } from "../../../generator/model/defects.js";
import { type Loaded, load } from "../load/fixture.js";

describe("overrides", () => {
  let letters: Loaded;
  beforeAll(async () => {
    letters = await load("overrides");
  });

  test("several values of a prefix make several operations; the first keeps the id", () => {
    expect(letters.model.operations.map(({ id, path }) => `${id} ${path}`)).toEqual([
      "listUnstableV2 /unstable/v2/list",
      "sendUnstableV2 /unstable/v2/send",
      "pageUnstableV2 /unstable/v2/sheet",
      "list /v1/list",
      "send /v1/send",
      "page /v1/sheet",
    ]);
  });

  test.each([
    ["send", "optional", [["token"]]],
    ["list", "optional", [["token"]]],
    ["listUnstableV2", "none", []],
    ["page", "none", []],
    ["pageUnstableV2", "required", [["token"]]],
  ])("auth of %s is %s", (id, auth, security) => {
    expect(letters.operation(id)).toMatchObject({ auth, security });
  });

  test("a document's operations consume what is said, in that order", () => {
    expect(letters.operation("sendUnstableV2").body?.content.map(({ mediaType }) => mediaType)).toEqual([
      "application/json",
      "application/x-www-form-urlencoded",
    ]);
  });

  test("every answer without a schema is a text of the produced type", () => {
    expect(letters.operation("page").responses.map(({ status, content }) => [status, content])).toEqual([
      ["200", [{ mediaType: "text/html", schema: { type: "string" }, examples: [] }]],
      ["4XX", [{ mediaType: "text/html", schema: { type: "string" }, examples: [] }]],
    ]);
    expect(letters.operation("pageUnstableV2").responses[0]?.content).toEqual([]);
  });

  test("another body is required when its schema requires fields", () => {
    expect(letters.operation("send").body).toMatchObject({
      required: true,
      content: [{ schema: { $ref: "#/components/schemas/Letter" } }, {}],
    });
    expect(letters.operation("sendUnstableV2").body?.required).toBe(false);
  });

  test("a response is added, or its schema replaced", () => {
    expect(
      letters
        .operation("send")
        .responses.map(({ status, description, content }) => [status, description, content[0]?.schema?.$ref]),
    ).toEqual([
      ["200", "Sent.", "#/components/schemas/Letter"],
      ["404", "Nobody there.", "#/components/schemas/Failure"],
    ]);
  });

  test("a schema loses and gains requirements, is patched, and gets an alternative", () => {
    expect(letters.schema("ListResponse")).toEqual({
      anyOf: [
        {
          type: "object",
          properties: {
            letters: { type: "array", items: { $ref: "#/components/schemas/Letter" } },
            total: { type: "integer" },
            next: { type: "string" },
          },
          required: ["letters"],
          additionalProperties: false,
        },
        { type: "object", maxProperties: 0 },
      ],
    });
  });

  test("implicit responses are sorted by status; pinned names are used, of schemas as of operations", () => {
    expect(letters.model.implicit.map(({ status, content }) => [status, content[0]?.schema?.$ref])).toEqual([
      ["401", "#/components/schemas/Failure"],
      ["5XX", "#/components/schemas/Failure"],
    ]);
  });
});

describe("one tree, several services", () => {
  let client: Loaded;
  let identity: Loaded;
  beforeAll(async () => {
    client = await load("shared", "client");
    identity = await load("shared", "identity");
  });

  test("a schema file is one type in each service, with the same content", () => {
    expect(client.model.schemas.map(({ name }) => name)).toEqual([
      "Answer",
      "ErrorBody",
      "IdentityRequest",
      "InviteAddressRequest",
      "InviteUserRequest",
      "RequestBody",
      "Sid",
    ]);
    expect(client.named("Sid")).toEqual(identity.named("Sid"));
    expect(client.schema("IdentityRequest")).toEqual(identity.schema("RequestBody"));
  });

  test("what is built by allOf refers by name", () => {
    expect(client.schema("Answer").allOf?.[0]).toEqual({ $ref: "#/components/schemas/Sid" });
  });

  test("a field that is required here and described there is described here too", () => {
    expect(client.schema("RequestBody")).toEqual({
      type: "object",
      allOf: [
        { $ref: "#/components/schemas/IdentityRequest" },
        {
          type: "object",
          properties: { id_server: { type: "string" }, attempt: { type: "integer" } },
          required: ["id_server", "attempt"],
        },
      ],
      properties: { next: { type: "string", format: "uri" } },
      required: ["next"],
    });
  });

  test("two operations on one path stay two when their bodies require different fields", () => {
    expect(client.model.operations.filter(({ path }) => path.endsWith("/invite")).map(({ id }) => id)).toEqual([
      "inviteUser",
      "inviteAddress",
    ]);
  });

  test("references in examples are replaced by data, make no type, and may dangle with a warning", () => {
    expect(client.operation("inviteAddress").responses[0]?.content[0]?.examples[0]?.value).toEqual({
      address: { medium: "email" },
      other: { $ref: "examples/absent.json" },
    });
    expect(client.warnings).toMatchObject([
      { code: "dangling-example", origin: { file: "client/register.yaml", line: 37, column: 90 } },
    ]);
  });

  test("loading twice gives the same", async () => {
    expect((await load("shared", "client")).model).toEqual(client.model);
  });
});

const specifications = fileURLToPath(new URL("../../../../shared/specs/", import.meta.url));
const published = ["matrix-2019-08", "matrix-2026-07"].filter((tree) => existsSync(specifications + tree));

if (published.length > 0)
  describe("the protocol's own identity documents, where they are at hand", () => {
    for (const tree of published)
      test(`${tree} loads, or shows nothing but named defects`, async () => {
        const folder = mkdtempSync(join(tmpdir(), "services-"));
        const services = join(folder, "services.yaml");
        writeFileSync(services, 'services: { identity: { documents: ["api/identity/*.yaml"] } }\n');
        const outcome = await loadServices({ root: specifications + tree, services }).catch((error: unknown) => error);
        rmSync(folder, { recursive: true });
        const errors = outcome instanceof GenerationError ? outcome.diagnostics : [];
        if (outcome instanceof Error && errors.length === 0) throw outcome;
        expect(errors.filter(({ code }) => !isDefect(code))).toEqual([]);
        expect(errors.length).toBeLessThan(3);
      });
  });
