import { expect, it } from "vitest";
import { keyDocuments } from "../../../runtime/federation/key-documents.js";
import { OutgoingError } from "../../../runtime/federation/outgoing-error.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson } from "../../../runtime/protocol/signed-json.js";
import { fakeClock, fakeLogger } from "../fakes.js";

const server = "hs.test";
const hour = 3_600_000;
const now = Date.UTC(2026, 0, 2);
const key = signingKeyOf("ed25519:1", new Uint8Array(32).fill(1));

const published = (validFor: number, more: object = {}) => {
  const verify_keys = { [key.keyId]: { key: key.publicKey } };
  return signJson({ server_name: server, verify_keys, valid_until_ts: now + validFor, ...more }, server, key);
};

const serving = (document: object | undefined) => {
  const answer = { document };
  const clock = fakeClock(now);
  const asked = { times: 0 };
  const { last } = keyDocuments(
    async () => {
      asked.times += 1;
      if (answer.document === undefined) throw new OutgoingError("failed", "down");
      return new Response(JSON.stringify(answer.document));
    },
    { clock, log: fakeLogger() },
  );
  return { answer, clock, asked, last: (validUntil = clock.now()) => last(server, validUntil) };
};

it("are passed on as they were signed, with whatever else they hold", async () => {
  const document = published(hour, { more: { a: [1, "ä"] } });
  expect(await serving(document).last()).toEqual(document);
});

it("are asked for anew when half of their time is over", async () => {
  const { clock, asked, last } = serving(published(2 * hour));
  await last();
  clock.advance(hour - 1);
  await last();
  expect(asked.times).toBe(1);
  clock.advance(1);
  await last();
  expect(asked.times).toBe(2);
});

it("are asked for anew when they are wanted for longer than they hold, and not again and again", async () => {
  const { answer, clock, asked, last } = serving(published(2 * hour));
  await last();
  clock.advance(60_000);
  answer.document = published(10 * hour);
  expect(await last(now + 3 * hour)).toEqual(answer.document);
  for (let time = 0; time < 10; time += 1) await last(now + 20 * hour);
  expect(asked.times).toBe(2);
});

it("are not asked for anew when they hold for longer than anybody is to believe them", async () => {
  const { clock, asked, last } = serving(published(365 * 24 * hour));
  for (let time = 0; time < 5; time += 1) {
    await last(now + 300 * 24 * hour);
    clock.advance(hour);
  }
  expect(asked.times).toBe(1);
});

it("are asked for once a minute, and not less and less often, however long they are wanted for", async () => {
  const { clock, asked, last } = serving(published(2 * hour));
  for (let time = 1; time < 10; time += 1) {
    await last(now + 20 * hour);
    expect(asked.times).toBe(time);
    clock.advance(60_000);
  }
});

it("are forgotten when those of others take the room, however few these are", async () => {
  const asked: string[] = [];
  const { last } = keyDocuments(
    async (name) => {
      asked.push(name);
      const verify_keys = { [key.keyId]: { key: key.publicKey } };
      const document = { server_name: name, verify_keys, valid_until_ts: now + hour, more: "a".repeat(16_000) };
      return new Response(JSON.stringify(signJson(document, name, key)));
    },
    { clock: fakeClock(now), log: fakeLogger() },
  );
  const again = async () => {
    await last("first.test", now);
    return asked.filter((name) => name === "first.test").length;
  };
  expect([await again(), await again()]).toEqual([1, 1]);
  for (let index = 0; index < 300; index += 1) await last(`s${index}.test`, now);
  expect(await again()).toBe(2);
});

it("are told as they were last while their server is down, and not at all where it never answered", async () => {
  const { answer, clock, last } = serving(published(hour));
  const first = await last();
  answer.document = undefined;
  clock.advance(5 * hour);
  expect(await last()).toEqual(first);
  expect(await serving(undefined).last()).toBeUndefined();
});

it("are not passed on when they are longer than any honest server's", async () => {
  expect(await serving(published(hour, { more: "a".repeat(20_000) })).last()).toBeUndefined();
});
