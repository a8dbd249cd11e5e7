import { expect, test } from "vitest";
import { liveChecks } from "../../../generator/emit/validators.js";
import { Requests } from "../../../generator/fuzz/case.js";
import { type Fault, judge } from "../../../generator/fuzz/judge.js";
import { loadServices } from "../../../generator/load/services.js";
import { createMock } from "../../../generator/mock/mock.js";
import type { OperationModel, ServiceModel } from "../../../generator/model/model.js";
import { isPublished, publishedTree } from "../../support/published.js";

/** What a mock answers to the plainest request that fits. */
async function asked(model: ServiceModel, operation: OperationModel, server: ReturnType<typeof createMock>) {
  const requests = new Requests(model, operation);
  const made = (await requests.fitting([])) ?? (await requests.exemplary());
  if (made === undefined) return { requests, response: undefined };
  const { method, target, headers, body = null } = made.sent;
  return { requests, response: await server.fetch(new Request(`http://mock${target}`, { method, headers, body })) };
}

const notRun = isPublished ? "" : " (not run: the documents are not beside the checkout)";

test.each(["2019-08", "2026-07"] as const)(
  `each operation of the protocol of %s is answered as its document says${notRun}`,
  { timeout: 60_000 },
  async (name) => {
    const { path: root, services: file } = isPublished ? publishedTree(name) : { path: "", services: "" };
    const { services } = isPublished ? await loadServices({ root, services: file }) : { services: [] };
    const faults: [string, Fault | "no request" | number][] = [];
    let count = 0;
    for (const model of services) {
      const server = createMock(model);
      const { responses } = liveChecks(model);
      for (const operation of model.operations) {
        const { requests, response } = await asked(model, operation, server);
        count += 1;
        if (response === undefined) {
          faults.push([operation.id, "no request"]);
          continue;
        }
        const { status, headers } = response;
        const text = await response.text();
        const [fault] = judge(requests.data, responses[operation.id] ?? {}, { status, headers, text });
        if (fault !== undefined) faults.push([operation.id, fault]);
        else if (status >= 400 && operation.responses.some((one) => one.status < "4"))
          faults.push([operation.id, status]);
      }
    }
    expect(faults).toEqual([]);
    expect(count > 150).toBe(isPublished);
  },
);
