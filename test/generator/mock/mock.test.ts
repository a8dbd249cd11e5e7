import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { responses as clientServerResponses } from "../../../generated/client-server/responses.js";
import { responses as clientServerV3Responses } from "../../../generated/client-server-v3/responses.js";
import { responses as identityResponses } from "../../../generated/identity/responses.js";
import type { ResponseChecks } from "../../../generated/seam/contract.js";
import { responses as serverServerResponses } from "../../../generated/server-server/responses.js";
import { operationData } from "../../../generator/emit/operation-data.js";
import { namedSchemas } from "../../../generator/emit/parts.js";
import { Requests } from "../../../generator/fuzz/case.js";
import { judge } from "../../../generator/fuzz/judge.js";
import { loadServices } from "../../../generator/load/services.js";
import { mockAnswer, statusOf, usualResponse } from "../../../generator/mock/answers.js";
import { createMock, listenMock } from "../../../generator/mock/mock.js";
import type { ResponseModel, ServiceModel } from "../../../generator/model/model.js";
import { smallModel } from "../../support/small-model.js";

const compiled: Readonly<Record<string, Readonly<Record<string, ResponseChecks>>>> = {
  identity: identityResponses,
  "client-server": clientServerResponses,
  "client-server-v3": clientServerV3Responses,
  "server-server": serverServerResponses,
};

let services: readonly ServiceModel[];
beforeAll(async () => {
  ({ services } = await loadServices({ root: join(import.meta.dirname, "../../../api") }));
});

async function listening(models: readonly ServiceModel[]): Promise<string> {
  const { url, close } = await listenMock(models, { host: "127.0.0.1", port: 0 });
  onTestFinished(close);
  return url;
}

describe("mocks of our own services", () => {
  test("every declared answer passes the generated validators", () => {
    let count = 0;
    for (const model of services) {
      for (const operation of model.operations) {
        for (const response of operation.responses) {
          const check = compiled[model.name]?.[operation.id]?.[response.status];
          const declared = operationData(model, operation).responses[response.status];
          const { status, body } = mockAnswer(response, declared, namedSchemas(model), () => check);
          expect(status).toBe(statusOf(response.status));
          expect(check?.(body), `${operation.id} ${response.status}`).toBeUndefined();
          count += 1;
        }
      }
    }
    expect(count).toBeGreaterThan(100);
  });

  test("every operation answers over HTTP what its document says, the same each time", async () => {
    const url = await listening(services);
    for (const model of services) {
      for (const operation of model.operations) {
        const requests = new Requests(model, operation);
        const { method, target, headers, body } = (await requests.fitting([]))!.sent;
        const ask = async () => {
          const response = await fetch(`${url}${target}`, { method, headers, ...(body === undefined ? {} : { body }) });
          return { status: response.status, headers: response.headers, text: await response.text() };
        };
        const answered = await ask();
        const usual = usualResponse(operation)!;
        expect(answered.status, operation.id).toBe(statusOf(usual.status));
        expect(judge(requests.data, compiled[model.name]?.[operation.id] ?? {}, answered), operation.id).toEqual([]);
        expect((await ask()).text).toBe(answered.text);
      }
    }
  });
});

describe("a mock", () => {
  const body = JSON.stringify({ client_secret: "a", email: "a@b.c", send_attempt: 1 });
  const post = (server: ReturnType<typeof createMock>, headers: Record<string, string> = {}, given = body) =>
    server.fetch(
      new Request("http://mock/_matrix/identity/v2/validate/email/requestToken", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: given,
      }),
    );

  test("makes the least that a schema allows where there is no example", async () => {
    const answer = await post(createMock(smallModel));
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: { sid: "string" } });
  });

  test.each([
    { name: "one that fits goes first", examples: [{ sid: "abc" }], want: { sid: "abc" } },
    { name: "one that does not fit is passed over", examples: [{ sid: 1 }, { sid: "d" }], want: { sid: "d" } },
    { name: "none that fits is none", examples: [{ sid: 1 }], want: { sid: "string" } },
  ])("of examples, $name", async ({ examples, want }) => {
    const [operation, ...others] = smallModel.operations;
    const [success, ...rest] = operation!.responses;
    const [media] = success!.content;
    const content = [{ ...media!, examples: examples.map((value) => ({ value, origin: operation!.origin })) }];
    const responses = [{ ...success!, content }, ...rest];
    const answer = await post(createMock({ ...smallModel, operations: [{ ...operation!, responses }, ...others] }));
    expect(await answer.json()).toEqual(want);
  });

  test("shows another declared status to who prefers it", async () => {
    const answer = await post(createMock(smallModel), { prefer: "code=400" });
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 400, body: { errcode: "string" } });
    expect((await post(createMock(smallModel), { prefer: "code=418" })).status).toBe(200);
  });

  test("shows the example that is asked for by name, and what goes with it", async () => {
    const [operation, ...others] = smallModel.operations;
    const example = (name: string, value: unknown) => ({
      value,
      origin: { ...operation!.origin, pointer: `/paths/~1x/post/responses/200/content/json/examples/${name}/value` },
    });
    const content = (status: string, ...examples: readonly ReturnType<typeof example>[]): ResponseModel => {
      const response = operation!.responses.find((one) => one.status === status)!;
      return { ...response, content: [{ ...response.content[0]!, examples }] };
    };
    const responses = [
      content(
        "200",
        example("first", { sid: "1" }),
        example("second one", { sid: "2" }),
        example("broken", { sid: 3 }),
      ),
      content("400", example("refused", { errcode: "M_UNKNOWN" })),
    ];
    const mock = createMock({ ...smallModel, operations: [{ ...operation!, responses }, ...others] });
    const shown = async (prefer: string) => {
      const answer = await post(mock, { prefer });
      return [answer.status, await answer.json()];
    };
    expect(await shown("example=first")).toEqual([200, { sid: "1" }]);
    expect(await shown('example="second one"')).toEqual([200, { sid: "2" }]);
    expect(await shown("respond-async, example=refused")).toEqual([400, { errcode: "M_UNKNOWN" }]);
    expect(await shown("example=refused; code=200")).toEqual([200, { sid: "1" }]);
    expect(await shown("example=broken")).toEqual([200, { sid: "1" }]);
    expect(await shown("example=nobody")).toEqual([200, { sid: "1" }]);
  });

  test("refuses what the document refuses", async () => {
    const mock = createMock(smallModel);
    expect((await post(mock, {}, "{}")).status).toBe(400);
    expect((await mock.fetch(new Request("http://mock/elsewhere"))).status).toBe(404);
  });

  test("tells that a port is taken", async () => {
    const { port } = new URL(await listening([smallModel]));
    const again = listenMock([smallModel], { host: "127.0.0.1", port: Number(port) });
    await expect(again).rejects.toThrow(
      `port ${port} on 127.0.0.1 is in use by another program; choose another with --port`,
    );
  });
});
