/** The judge of every answer in this folder, itself judged: each fault is found. */

import { describe, expect, test } from "vitest";
import { operations } from "../../generated/identity/index.js";
import { responses } from "../../generated/identity/responses.js";
import { type Answered, commonFaults, fittingStatus } from "./judge.js";

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
  "access-control-allow-headers": "Origin, X-Requested-With, Content-Type, Accept, Authorization",
};

const answered = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answered => ({
  status,
  headers: { ...cors, "content-type": "application/json", ...headers },
  text: JSON.stringify(body),
  body: { ...body },
  errcode: undefined,
});

const error = { errcode: "M_UNKNOWN", error: "Why." };
const { "access-control-allow-origin": _origin, ...withoutOrigin } = answered(200, {}).headers;

describe("faults of any answer", () => {
  test.each([
    ["a failure", answered(500, error), "the server failed"],
    ["no CORS", { ...answered(200, {}), headers: withoutOrigin }, "access-control-allow-origin is undefined"],
    ["no content type", { ...answered(200, {}), headers: cors }, "the body has no content type"],
    ["no errcode", answered(400, { error: "Why." }), "the errcode is undefined"],
    ["no words", answered(400, { errcode: "M_UNKNOWN" }), "there are no words for the error"],
    ["no body", { ...answered(400, {}), text: "" }, "the error says nothing"],
    ["no methods", answered(405, error), "405 does not tell the methods"],
    ["no header to wait by", answered(429, { ...error, retry_after_ms: 1 }), "429 without Retry-After"],
    ["no field to wait by", answered(429, error, { "retry-after": "1" }), "429 without retry_after_ms"],
  ])("%s", (_fault, given, fault) => {
    expect(commonFaults("GET", given)).toEqual([fault]);
  });

  test("a body after HEAD", () => {
    expect(commonFaults("HEAD", answered(200, {}))).toEqual(["HEAD is answered with a body"]);
  });

  test.each([answered(200, {}), answered(400, error), answered(401, { flows: [] })])("none %#", (given) => {
    expect(commonFaults("GET", given)).toEqual([]);
  });
});

describe("fitting the document", () => {
  const fitting = (id: "isPubKeyValid" | "emailSubmitTokenGet", given: Answered) =>
    fittingStatus(operations[id], responses[id], given);

  test.each([
    ["isPubKeyValid", answered(200, { valid: true }), "200"],
    ["isPubKeyValid", answered(503, error), "5XX"],
    ["emailSubmitTokenGet", answered(400, error), "400"],
    ["emailSubmitTokenGet", answered(400, {}, { "content-type": "text/html; charset=utf-8" }), "4XX"],
    ["emailSubmitTokenGet", answered(302, {}, { "content-type": "text/html" }), "3XX"],
  ] as const)("%s as declared %#", (id, given, key) => {
    expect(fitting(id, given)).toEqual({ key });
  });

  test.each([
    [answered(201, {}), "isPubKeyValid does not declare 201"],
    [answered(200, { valid: "yes" }), "200: /valid must be boolean"],
    [answered(200, {}), "200: the body lacks valid"],
    [answered(200, { valid: true }, { "content-type": "text/plain" }), "200: the content type is text/plain"],
  ])("not as declared %#", (given, fault) => {
    expect(fitting("isPubKeyValid", given)).toEqual({ faults: [fault] });
  });
});
