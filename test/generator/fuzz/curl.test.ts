import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { curlLine } from "../../../generator/fuzz/curl.js";
import { replays } from "./replay.js";
import { listening } from "./targets.js";

describe("a reproduction", () => {
  test.each([
    { name: "quotes", body: `{"a":"it's"}` },
    { name: "other letters", body: '{"a":"\u00e4\u{1f600}"}' },
    { name: "control characters", body: "\u0000\u001b" },
    { name: "what shells and curl expand", body: "@file $HOME `id` \\n" },
    { name: "nothing", body: "" },
  ])("sends $name as they are", async ({ body }) => {
    const seen: { body: string; headers: IncomingMessage["headers"]; url: string | undefined }[] = [];
    const target = await listening((message, reply) => {
      const chunks: Buffer[] = [];
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("end", () => {
        seen.push({ body: Buffer.concat(chunks).toString(), headers: message.headers, url: message.url });
        reply.end();
      });
    });
    const sent = { method: "POST", target: "/a/../{b}?c[d]=e", headers: { "x-a": "it's", "x-empty": "" } };
    const line = curlLine(target, { ...sent, body: new TextEncoder().encode(body) });
    for (const replay of replays) expect(await replay(line)).toMatchObject({ status: 200 });
    for (const { headers, ...rest } of seen) {
      expect(rest.body).toBe(body);
      expect(headers).toMatchObject({ "x-a": "it's", "x-empty": "" });
      expect(headers).not.toHaveProperty("content-type");
    }
    // The other way resolves dots of a path before it asks.
    if (replays.length > 1) expect(seen[0]?.url).toBe(sent.target);
    expect(seen).toHaveLength(replays.length);
  });
});
