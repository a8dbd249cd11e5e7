/** What an identity server lets be done only so often. */

import type { OperationId as IdentityOperation } from "../../generated/identity/index.js";
import { lookupHash } from "../../runtime/protocol/lookup-hash.js";
import type { Given } from "./contract.js";
import * as journey from "./journeys.js";
import { anyRequest, type LimitRow, number, sameAddress, twice } from "./limits.js";
import { identityRows } from "./rows.js";
import type { World } from "./world.js";

const bindOf = async (world: World, mxid: string): Promise<Given> => ({
  json: { ...journey.sessionOf(await journey.validatedEmail(world)), mxid },
});

const hashOf = (address: string) => lookupHash({ medium: "email", address }, "");

/** Lookups of another address each. */
const lookups = async (world: World, ...mxids: readonly string[]): Promise<readonly Given[]> => {
  const pepper = await journey.pepperOf(world);
  return Promise.all(
    mxids.map(async (mxid) => ({
      token: await world.issueToken(mxid),
      json: { algorithm: "sha256", pepper, addresses: [hashOf(journey.freshEmail(world))] },
    })),
  );
};

const three = ([first, second, other]: readonly Given[]): readonly [Given, Given, Given] => {
  if (first === undefined || second === undefined || other === undefined) throw new Error("three are needed");
  return [first, second, other];
};

const lookupLimits: readonly LimitRow<IdentityOperation>[] = [
  {
    scope: "lookup.mxid",
    id: "lookupUsersV2",
    arrange: async (world) => three(await lookups(world, journey.alice, journey.alice, "@another:example.org")),
  },
  {
    scope: "lookup.homeserver",
    id: "lookupUsersV2",
    arrange: async (world) =>
      three(await lookups(world, journey.alice, "@another:example.org", "@alice:elsewhere.example")),
  },
  {
    scope: "lookup.ip",
    id: "lookupUser",
    arrange: (world) => twice(() => ({ query: { medium: "email", address: journey.freshEmail(world) } })),
  },
  {
    scope: "lookup.ip",
    id: "lookupUsers",
    arrange: (world) => twice(() => ({ json: { threepids: [["email", journey.freshEmail(world)]] } })),
  },
];

export const identityLimits: readonly LimitRow<IdentityOperation>[] = [
  ...lookupLimits,
  anyRequest("getAccount", () => ({ token: "nobodys" })),
  anyRequest("isPubKeyValid", () => ({ query: { public_key: "x" } })),
  ...(["emailRequestToken", "msisdnRequestToken"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "send.ip",
      id,
      arrange: (world) => twice(() => identityRows[id].prepare(world)),
    }),
  ),
  ...(["emailRequestTokenV2", "msisdnRequestTokenV2"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "send.mxid",
      id,
      arrange: async (world) => {
        const prepared = async () => ({
          ...(await identityRows[id].prepare(world)),
          token: await world.issueToken(journey.alice),
        });
        const another = await world.issueToken("@another:example.org");
        return [await prepared(), await prepared(), { ...(await prepared()), token: another }];
      },
    }),
  ),
  {
    scope: "send.address",
    id: "emailRequestToken",
    arrange: async (world) => [
      ...sameAddress(world, { email: journey.freshEmail(world) }),
      await identityRows.emailRequestToken.prepare(world),
    ],
  },
  {
    scope: "send.address",
    id: "msisdnRequestToken",
    arrange: async (world) => [
      ...sameAddress(world, number(world)),
      await identityRows.msisdnRequestToken.prepare(world),
    ],
  },
  {
    scope: "send.country",
    id: "msisdnRequestToken",
    arrange: async (world) => [
      ...(await twice(() => identityRows.msisdnRequestToken.prepare(world))),
      { json: { client_secret: "a", send_attempt: 1, country: "DE", phone_number: "030 901820" } },
    ],
  },
  {
    scope: "send.ip",
    id: "storeInvite",
    arrange: async (world) => [
      { json: journey.inviteFor(journey.freshEmail(world)) },
      { json: journey.inviteFor(journey.freshEmail(world), "@another:example.org") },
    ],
  },
  {
    scope: "invite.sender",
    id: "storeInvite",
    arrange: async (world) => [
      { json: journey.inviteFor(journey.freshEmail(world)) },
      { json: journey.inviteFor(journey.freshEmail(world)) },
      { json: journey.inviteFor(journey.freshEmail(world), "@another:example.org") },
    ],
  },
  {
    scope: "send.address",
    id: "storeInvite",
    arrange: async (world) => {
      const address = journey.freshEmail(world);
      const other = journey.freshEmail(world);
      return [
        { json: journey.inviteFor(address) },
        { json: journey.inviteFor(address) },
        { json: journey.inviteFor(other) },
      ];
    },
  },
  ...(["emailSubmitTokenPost", "msisdnSubmitTokenPost"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "submit.address",
      id,
      arrange: async (world) => {
        const given = await identityRows[id].prepare(world);
        return [given, given, await identityRows[id].prepare(world)];
      },
    }),
  ),
  ...(["getValidated3pid", "bind", "emailSubmitTokenPost"] as const).map(
    (id): LimitRow<IdentityOperation> => ({
      scope: "secret.sid",
      id,
      arrange: async (world) => {
        const guessAt = async (): Promise<Given> => {
          const { sid } = await journey.validatedEmail(world);
          const guess = { sid, client_secret: "guessed", mxid: journey.alice, token: "x" };
          return id === "getValidated3pid" ? { query: guess } : { json: guess };
        };
        const guess = await guessAt();
        return [guess, guess, await guessAt()];
      },
    }),
  ),
  {
    scope: "account.ip",
    id: "registerAccount",
    arrange: (world) => twice(() => identityRows.registerAccount.prepare(world)),
  },
  { scope: "bind.ip", id: "bind", arrange: (world) => twice(() => identityRows.bind.prepare(world)) },
  { scope: "bind.ip", id: "unbind", arrange: (world) => twice(() => identityRows.unbind.prepare(world)) },
  {
    scope: "bind.mxid",
    id: "bind",
    arrange: async (world) => [
      await bindOf(world, journey.alice),
      await bindOf(world, journey.alice),
      await bindOf(world, "@another:example.org"),
    ],
  },
];
