import { expect, it } from "vitest";
import { prometheusMetrics } from "../../../runtime/observe/metrics.js";
import { fakeClock } from "../fakes.js";

it("durations fall into every bucket that they are not longer than", async () => {
  const metrics = prometheusMetrics({ clock: fakeClock() });
  const answered = metrics.answers("identity");
  for (const milliseconds of [0.3, 1, 1.5, 300, 60_000]) answered("pingV2", 200, milliseconds);
  answered("pingV2", 429, 0);
  const lines = (await metrics.text()).split("\n");
  const of = (name: string) => lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.split("} ")[1]);
  expect(of("threepid_request_seconds_bucket")).toEqual([3, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6].map(String));
  expect(of("threepid_request_seconds_count")).toEqual(["6"]);
  expect(Number(of("threepid_request_seconds_sum")[0])).toBeCloseTo(60.3028, 6);
  expect(of("threepid_requests_total")).toEqual(["5", "1"]);
  // Asking again counts nothing again.
  expect(await metrics.text()).toContain(
    'threepid_requests_total{service="identity",operation="pingV2",status="200"} 5\n',
  );
});

it("says how long the oldest entry of an outbox has waited, by its clock", async () => {
  const clock = fakeClock(100_000);
  const metrics = prometheusMetrics({ clock });
  metrics.outbox("identity", async () => [
    { kind: "onbind", waiting: 2, oldest: 40_000, abandoned: 1 },
    { kind: "mail", waiting: 0, oldest: undefined, abandoned: 3 },
  ]);
  const text = await metrics.text();
  expect(text).toContain('threepid_outbox_oldest_seconds{service="identity",kind="onbind"} 60\n');
  expect(text).toContain('threepid_outbox_oldest_seconds{service="identity",kind="mail"} 0\n');
  expect(text).toContain('threepid_outbox_abandoned_entries{service="identity",kind="mail"} 3\n');
});
