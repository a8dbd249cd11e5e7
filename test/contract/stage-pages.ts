/** Pages on which stages are completed: what they answer when they cannot be. */

import { expect, test } from "vitest";
import type { Contract, Given } from "./contract.js";
import type { World } from "./world.js";

const operations = ["authenticationFallbackGet", "authenticationFallbackPost"] as const;

type PageOperation = (typeof operations)[number] | "register";

/** The same in both eras. */
export const describeStagePages = (contract: (world: World) => Contract<PageOperation>, world: () => World): void => {
  const session = async (): Promise<string> => {
    const { body } = await contract(world()).call("register", { json: { username: world().fresh("user") } });
    return String(body["session"]);
  };

  test.each(
    operations.flatMap((id) => [
      { id, what: "a stage that nobody knows", authType: "m.login.sso", known: true, status: 404 },
      { id, what: "a stage of no flow", authType: "m.login.terms", known: true, status: 400 },
      { id, what: "an unknown session", authType: "m.login.dummy", known: false, status: 400 },
    ]),
  )("$id: there is a page for $what, too", async ({ id, authType, known, status }) => {
    const query = { session: known ? await session() : "unknown" };
    const form: Given = id === "authenticationFallbackPost" ? { form: {} } : {};
    const answered = await contract(world()).call(id, { params: { authType }, query, ...form });
    expect(answered).toMatchObject({ status, headers: { "content-type": "text/html; charset=utf-8" } });
  });

  test("a stage that is completed on its page counts for the request", async () => {
    const homeserver = contract(world());
    const request = { username: world().fresh("user") };
    const { body } = await homeserver.call("register", { json: request });
    const page = { params: { authType: "m.login.dummy" }, query: { session: String(body["session"]) } };
    for (const id of operations) {
      const given = id === "authenticationFallbackPost" ? { ...page, form: {} } : page;
      expect(await homeserver.call(id, given)).toMatchObject({ status: 200 });
    }
    const registered = await homeserver.succeed("register", {
      json: { ...request, auth: { session: body["session"] } },
    });
    expect(registered).toMatchObject({ user_id: `@${request.username}:example.org` });
  });
};
