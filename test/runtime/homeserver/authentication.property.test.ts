import fc from "fast-check";
import { expect, it } from "vitest";
import type { Terms } from "../../../runtime/protocol/terms.js";
import { commands, type Real } from "./authentication-commands.js";
import { Model, mxidOf, type Owner, owners, registerFlows } from "./authentication-model.js";
import { prelude, walks } from "./authentication-walks.js";
import { addEmail, type Homeserver, homeserver, password, sessionOf } from "./homeserver.js";

const terms: Terms = new Map([
  ["terms", { version: "1", texts: new Map([["en", { name: "Terms", url: "https://example.org/terms" }]]) }],
]);

const issue = ({ storage, clock }: Homeserver, token: string, usesAllowed: number) =>
  storage.registrationTokens.issue({ token, usesAllowed, expiresAt: undefined, createdAt: clock.now() });

/** Gives somebody an account with an address, and answers the access token. */
const settle = async (server: Homeserver, owner: Owner): Promise<string> => {
  const token = `of.${owner}`;
  await issue(server, token, 1);
  const body = { username: owner, password };
  const session = await sessionOf(server.client.register({ body }));
  const auth = { type: "m.login.registration_token", session, token };
  const { access_token: accessToken = "" } = await server.client.orThrow.register({ body: { ...body, auth } });
  await addEmail(server, accessToken, `${owner}@example.org`);
  return accessToken;
};

/** Two accounts with an address each, two tokens; and the model of that. */
const begin = async (carriedOut: Real["carriedOut"]): Promise<{ readonly model: Model; readonly real: Real }> => {
  const server = homeserver({ registration: { flows: registerFlows }, terms });
  const model = new Model();
  const accessTokens = new Map<Owner, string>();
  for (const owner of owners) {
    accessTokens.set(owner, await settle(server, owner));
    model.accounts.set(mxidOf(owner), {
      password,
      active: true,
      loggedIn: true,
      address: `${owner}@example.org`,
      changes: 0,
    });
  }
  for (const [token, uses] of [
    ["once", 1],
    ["twice", 2],
  ] as const) {
    await issue(server, token, uses);
    model.tokens.set(token, { uses, completed: 0, revoked: false });
  }
  const real = { server, accessTokens, carriedOut };
  for (const command of prelude) await command.run(model, real);
  return { model, real };
};

it.each(Object.entries(walks))("%s", async (_, walk) => {
  const { model, real } = await begin(new Map());
  try {
    for (const command of walk) await command.run(model, real);
  } finally {
    real.server.close();
  }
});

it("whatever clients send, in whatever order, nothing comes of it but what its stages allow, and that once", async () => {
  const carriedOut = new Map<string, number>();
  const property = fc.asyncProperty(
    fc.commands<Model, Real, false>([...commands], { size: "max", maxCommands: 40 }),
    async (drawn) => {
      const begun = await begin(carriedOut);
      try {
        await fc.asyncModelRun(() => begun, drawn);
      } finally {
        begun.real.server.close();
      }
    },
  );
  await fc.assert(property, { numRuns: 70 });
  for (const what of ["register", "password", "deactivate", "page"]) expect(carriedOut.get(what)).toBeGreaterThan(0);
});
