import { request } from "node:http";
import { afterEach, expect, it } from "vitest";
import { type Pages, pageServer } from "../../../runtime/compose/page-server.js";

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const serving = async (pages: Pages): Promise<string> => {
  const server = pageServer("mailbox", { host: "127.0.0.1", port: 0 }, pages);
  open.push(server.close);
  return server.listen();
};

/** As a client sends it that does not tidy up where it wants to go, as `fetch` does. */
const status = (base: string, target: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    request({ hostname, port, path: target, agent: false }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    })
      .once("error", reject)
      .end();
  });

it("looks for a page by the path alone", async () => {
  const base = await serving(async (path) => ({ status: 200, headers: {}, body: path }));
  expect(await (await fetch(`${base}/one?two#three`)).text()).toBe("/one");
});

it.each(["//:", "//[", "//host:99999/", "http://"])("refuses the target %s, which is no URL", async (target) => {
  const base = await serving(async () => ({ status: 200, headers: {}, body: "" }));
  expect(await status(base, target)).toBe(400);
});

it("answers 500 where a page fails, and goes on", async () => {
  const base = await serving(async (path) => {
    if (path === "/broken") throw new Error("a reason for the log alone");
    return { status: 200, headers: {}, body: "" };
  });
  const broken = await fetch(`${base}/broken`);
  expect({ status: broken.status, text: await broken.text() }).toEqual({ status: 500, text: "" });
  expect((await fetch(base)).status).toBe(200);
});
