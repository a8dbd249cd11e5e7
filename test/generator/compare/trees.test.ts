import { expect, test } from "vitest";
import type { ServiceChanges } from "../../../generator/compare/changes.js";
import { markdownLines, textLines } from "../../../generator/compare/report.js";
import { compareSides } from "../../../generator/compare/side.js";
import { isPublished, publishedTree } from "../../support/published.js";

function told(services: readonly ServiceChanges[], service: string, operation: string): readonly string[] {
  const found = services.find((one) => one.service === service)?.operations.find((one) => one.operation === operation);
  return (found?.changes ?? []).map(({ severity, where, what }) => `${severity}: ${where} ${what}`);
}

/** What became of some operations between the two trees. */
const known = [
  ["identity", "lookupUser", "breaking:  was removed: GET /_matrix/identity/api/v1/lookup"],
  ["identity", "lookupUsersV2", "additive:  was added: POST /_matrix/identity/v2/lookup"],
  ["identity", "logout", "additive:  was added: POST /_matrix/identity/v2/account/logout"],
  ["identity", "bindV2", "additive: response 403 was added"],
  ["identity", "emailRequestTokenV2", 'breaking: request body /email format was nothing, is "email"'],
] as const;

/** Nothing where the documents are not beside the checkout. */
const found = <T>(expected: readonly T[]): readonly T[] => (isPublished ? expected : []);

test("the protocol of 2019 against that of 2026", async () => {
  const services = isPublished ? await compareSides(publishedTree("2019-08"), publishedTree("2026-07")) : [];
  expect(services.map(({ service }) => service)).toEqual(
    found(["application-service", "client-server", "identity", "push-gateway", "server-server"]),
  );
  for (const [service, operation, change] of found(known)) expect(told(services, service, operation)).toContain(change);
  const lines = textLines(services, false);
  expect(lines.length).toBeLessThan(1000);
  const lookup = "    breaking      GET /_matrix/identity/api/v1/lookup (lookupUser)";
  expect(lines.filter((line) => line.includes("(lookupUser)"))).toEqual(found([lookup]));
  expect(lines.filter((line) => line.includes("\n"))).toEqual([]);
  releaseNotes(markdownLines(services, false));
});

/** They begin with counts, tell what is shared once, and stay short. */
function releaseNotes(lines: readonly string[]): void {
  expect(lines.slice(0, 8)).toEqual(
    isPublished
      ? [
          "| operations | removed | breaking | additive | documentation | added |",
          "|---|---:|---:|---:|---:|---:|",
          expect.stringMatching(/^\| application-service \| /),
          expect.stringMatching(/^\| client-server \| /),
          expect.stringMatching(/^\| identity \| /),
          expect.stringMatching(/^\| push-gateway \| /),
          expect.stringMatching(/^\| server-server \| /),
          "",
        ]
      : ["The API did not change."],
  );
  const moved = "- moved from /\\_matrix/client/r0 to /\\_matrix/client/v3";
  expect(lines.filter((line) => line.includes(moved))).toEqual(found([moved]));
  expect(lines[lines.indexOf(moved) + 1] ?? "").toMatch(isPublished ? /^ {2}- 9\d operations: `ban`, / : /^The API/);
  expect(lines.length).toBeLessThan(1200);
}
