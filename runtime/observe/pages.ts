/** What is answered to those who watch: `/health`, `/ready`, `/metrics`. */

import type { Metrics } from "./metrics.js";
import type { Readiness } from "./readiness.js";

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = (status: number, value: unknown): Page => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: `${JSON.stringify(value)}\n`,
});

export const observationPages =
  (ready: () => Promise<Readiness>, metrics: Pick<Metrics, "text" | "contentType">) =>
  async (path: string): Promise<Page> => {
    switch (path) {
      // Whoever answers lives: a database that is stuck is no reason to be started anew.
      case "/health":
        return json(200, { status: "ok" });
      case "/ready": {
        const found = await ready();
        return json(found.ready ? 200 : 503, found);
      }
      case "/metrics":
        return { status: 200, headers: { "content-type": metrics.contentType }, body: await metrics.text() };
      default:
        return json(404, { error: "there are /health, /ready and /metrics" });
    }
  };
