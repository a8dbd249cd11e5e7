import { afterEach, beforeEach, expect, it } from "vitest";
import { smsGateway } from "../../../runtime/compose/sms-gateway.js";
import { surroundings } from "../../../runtime/compose/surroundings.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { messageTemplates } from "../../../runtime/delivery/templates.js";
import { smsGateway as listening, type SmsGateway as TestGateway } from "../../support/sms-gateway.js";

let test: TestGateway;
beforeEach(async () => {
  test = await listening();
});
afterEach(() => test.close());

const sms = { purpose: "msisdn-validation", to: "447400123456", code: "123456" } as const;

/** Sends one message by a configuration; `@` stands for where the gateway listens. */
const send = async (options: string): Promise<unknown> => {
  const configuration = parseConfiguration(
    `identity: { server_name: a, public_base_url: http://a }\nsms: { transport: gateway, url: "@/sms", ${options} }`.replace(
      "@",
      test.origin,
    ),
    "test.yaml",
  );
  const gateway = smsGateway(configuration, messageTemplates("Example"), surroundings(configuration));
  try {
    return await gateway.send(sms).catch((error: unknown) => error);
  } finally {
    await gateway.close();
  }
};

it("needs an address only, which may be private", async () => {
  expect(await send("originators: { default: ['alpha:A'] }")).toBeUndefined();
  expect(test.requests).toMatchObject([{ method: "POST", headers: { "content-type": "application/json" } }]);
  expect(test.requests[0]?.body).toBe(
    '{"to":"+447400123456","text":"Your code for Example is 123456. Tell it to nobody."}',
  );
});

it("takes what is configured in place of the preset's, headers by name whatever their case", async () => {
  test.status = 202;
  const options =
    "preset: openmarket, user: u, password: p, method: PUT, headers: { content-type: text/plain, X-A: b }";
  expect(await send(`${options}, body: "{{to}} {{text}}"`)).toBeUndefined();
  expect(test.requests).toMatchObject([
    {
      method: "PUT",
      headers: { "content-type": "text/plain", "x-a": "b", authorization: `Basic ${btoa("u:p")}` },
      body: "447400123456 Your code for Example is 123456. Tell it to nobody.",
    },
  ]);
});

it.each([
  ["", 200, "{}", "refused"],
  ["success_statuses: [200]", 200, "{}", undefined],
  ["success_statuses: [200], success_json: { ok: ['true'] }", 200, '{"ok":false}', "refused"],
  ["success_statuses: [200], success_json: { ok: ['true'] }", 200, '{"ok":true}', undefined],
  ["success_statuses: [200], success_text: yes we can", 200, "no", "refused"],
  ["rejected_statuses: [404]", 404, "{}", "destination-rejected"],
  ["rejected_json: { code: ['7'] }", 200, '{"code":7}', "destination-rejected"],
  ["rejected_text: nowhere", 500, "nowhere", "destination-rejected"],
])("with a preset that wants 201 and %s, %i %s is %s", async (options, status, answer, failure) => {
  Object.assign(test, { status, answer });
  const outcome = await send(`preset: twilio, user: u, password: p${options === "" ? "" : `, ${options}`}`);
  if (failure === undefined) expect(outcome).toBeUndefined();
  else expect(outcome).toMatchObject({ name: "DeliveryError", failure });
});
