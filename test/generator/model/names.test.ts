import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FileNames,
  innerName,
  operationIdOf,
  requestName,
  responseName,
  typeName,
} from "../../../generator/model/names.js";

describe("type names", () => {
  test.each([
    ["sid", "Sid"],
    ["request_email_validation", "RequestEmailValidation"],
    ["server-signatures", "ServerSignatures"],
    ["m.room.member", "MRoomMember"],
    ["3pid", "Type3pid"],
    ["error", "ErrorBody"],
    ["map", "MapBody"],
    ["getPubKeyV2", "GetPubKeyV2"],
    ["größe", "Größe"],
    ["--", "Unnamed"],
  ])("%s is called %s", (given, want) => {
    expect(typeName(given)).toBe(want);
  });

  test.each([
    [["definitions", "letter"], "Letter"],
    [["$defs", "letter"], "Letter"],
    [["components", "schemas", "error"], "ErrorBody"],
    [["properties", "signed"], "InviteSigned"],
  ])("inside invite.yaml, %j is called %s", (keys, want) => {
    expect(innerName("Invite", keys)).toBe(want);
  });

  test("bodies are called after their operations", () => {
    expect(requestName("bindV2")).toBe("BindV2Request");
    expect(responseName("post3PIDs", undefined)).toBe("Post3PIDsResponse");
    expect(responseName("register", "401")).toBe("RegisterResponse401");
    expect(responseName("register", "4XX")).toBe("RegisterResponse4XX");
    expect(responseName("register", "default")).toBe("RegisterResponseDefault");
  });

  test("operations without an id are called after method and path", () => {
    expect(operationIdOf("POST", "/account/3pid")).toBe("postAccount3pid");
    expect(operationIdOf("GET", "/pubkey/{keyId}")).toBe("getPubkeyByKeyId");
  });
});

const none: (file: string) => boolean = () => false;
const names = (files: readonly string[], home: string, isDocument = none): Readonly<Record<string, string>> => {
  const planner = new FileNames({ files, isDocument }, home);
  return Object.fromEntries(files.map((file) => [file, planner.nameOf(file)]));
};

describe("schema files of one name", () => {
  const files = [
    "client-server/definitions/request.yaml",
    "identity/definitions/request.yaml",
    "identity/definitions/sid.yaml",
    "schemas/v2/request.yaml",
  ];

  test("the service's own keeps it, the others say where they come from", () => {
    expect(names(files, "client-server")).toEqual({
      "client-server/definitions/request.yaml": "RequestBody",
      "identity/definitions/request.yaml": "IdentityRequest",
      "identity/definitions/sid.yaml": "Sid",
      "schemas/v2/request.yaml": "V2Request",
    });
    expect(names(files, "identity")).toMatchObject({
      "client-server/definitions/request.yaml": "ClientServerRequest",
      "identity/definitions/request.yaml": "RequestBody",
    });
  });

  test("without one of its own, the nearest to the root keeps it", () => {
    expect(names(["b/a/x.yaml", "c/x.yaml"], "elsewhere")).toEqual({ "b/a/x.yaml": "BAX", "c/x.yaml": "X" });
  });

  test("folders that the service's own documents lie in, too, say nothing", () => {
    const deep = files.map((file) => `api/${file}`);
    expect(names([...deep, "data/request.yaml"], "api/client-server")).toEqual({
      "api/client-server/definitions/request.yaml": "RequestBody",
      "api/identity/definitions/request.yaml": "IdentityRequest",
      "api/identity/definitions/sid.yaml": "Sid",
      "api/schemas/v2/request.yaml": "V2Request",
      "data/request.yaml": "DataRequest",
    });
    expect(names(["api/x.yaml", "x.yaml"], "api/client-server")).toEqual({ "api/x.yaml": "ApiX", "x.yaml": "X" });
  });

  test("where silent folders alone tell files apart, they speak", () => {
    expect(names(["a/x.yaml", "b/definitions/x.yaml", "b/schemas/x.yaml"], "a")).toEqual({
      "a/x.yaml": "X",
      "b/definitions/x.yaml": "BDefinitionsX",
      "b/schemas/x.yaml": "BSchemasX",
    });
  });
});

const folder = fc.constantFrom("a", "b", "definitions", "schemas", "errors");
const base = fc.constantFrom("sid", "error", "Sid", "request_body", "letter");
const file = fc
  .tuple(fc.array(folder, { maxLength: 3 }), base)
  .map(([folders, name]) => [...folders, `${name}.yaml`].join("/"));

describe("stability", () => {
  test("another entry document renames nothing, wherever it lies and whatever it is called", () => {
    fc.assert(
      fc.property(fc.uniqueArray(file, { minLength: 1, maxLength: 12 }), file, (files, added) => {
        fc.pre(!files.includes(added));
        const before = names(files, "a");
        const after = names([...files, added].sort(), "a", (one) => one === added);
        for (const one of files) expect(after[one]).toBe(before[one]);
      }),
    );
  });

  test("names do not depend on the order in which files are listed or asked for", () => {
    fc.assert(
      fc.property(fc.uniqueArray(file, { minLength: 1, maxLength: 12 }), (files) => {
        expect(names([...files].reverse(), "a")).toEqual(names(files, "a"));
      }),
    );
  });
});
