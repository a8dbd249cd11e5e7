import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delegations } from "../../../runtime/federation/delegations.js";
import { OutgoingError } from "../../../runtime/federation/outgoing-error.js";
import type { OutgoingFetch } from "../../../runtime/federation/outgoing-fetch.js";
import { delegatedNameIn, fetchWellKnown, lifetimeOf } from "../../../runtime/federation/well-known.js";
import type { Clock } from "../../../runtime/ports/clock.js";
import { fakeClock } from "../fakes.js";

const hour = 3_600_000;
const minute = 60_000;
const now = Date.UTC(2026, 0, 2, 3, 4, 5);

interface Said {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A `fetch` out of answers by URL; what it does not know cannot be reached. */
const web = (pages: Readonly<Record<string, Said>>) => {
  const asked: string[] = [];
  const fetch = async (input: Request | URL | string): Promise<Response> => {
    const url = String(input instanceof Request ? input.url : input);
    asked.push(url);
    const page = pages[url];
    if (page === undefined) throw new OutgoingError("failed", "nobody there");
    const { status = 200, body = "", headers = {} } = page;
    return new Response(body, { status, headers });
  };
  return { fetch, asked };
};

const asking = (fetch: OutgoingFetch["fetch"], clock: Clock = fakeClock(now)) => ({ fetch, clock, timeoutMs: 1000 });

const at = (host: string) => `https://${host}/.well-known/matrix/server`;
const delegates = (to: string, headers: Readonly<Record<string, string>> = {}): Said => ({
  body: JSON.stringify({ "m.server": to }),
  headers,
});
const redirect = (location: string, status = 302): Said => ({ status, headers: { location } });

describe("the well-known file of a host", () => {
  const to = { host: "b.test", port: 8443, kind: "dns" };

  it.each([
    { what: "as it is", page: delegates("b.test:8443") },
    { what: "as text", page: delegates("b.test:8443", { "content-type": "text/plain" }) },
    { what: "with more in it", page: { body: '{"x":1,"m.server":"b.test:8443"}' } },
  ])("delegates $what", async ({ page }) => {
    const answer = await fetchWellKnown("a.test", asking(web({ [at("a.test")]: page }).fetch));
    expect(answer).toEqual({ outcome: "delegates", to, lifetimeMs: undefined });
  });

  it.each([
    { what: "is missing", page: { status: 404, body: '{"m.server":"b.test"}' } },
    { what: "is no JSON", page: { body: "<html>" } },
    { what: "is no object", page: { body: '["m.server"]' } },
    { what: "is null", page: { body: "null" } },
    { what: "names no server", page: { body: "{}" } },
    { what: "names a number", page: { body: '{"m.server":1}' } },
    { what: "names a URL", page: delegates("https://b.test") },
    { what: "names a path", page: delegates("b.test/x") },
    { what: "names nothing", page: delegates("") },
    { what: "redirects nowhere", page: { status: 302 } },
    { what: "redirects to what is no URL", page: redirect("https://[") },
    { what: "redirects away from https", page: redirect("http://b.test/") },
    { what: "redirects with a password", page: redirect("https://user:word@b.test/") },
    { what: "redirects to itself", page: redirect(at("a.test")) },
  ])("delegates to nobody when it $what", async ({ page }) => {
    const { fetch, asked } = web({ [at("a.test")]: page });
    expect(await fetchWellKnown("a.test", asking(fetch))).toEqual({ outcome: "none" });
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(new Set(asked).size).toBe(1);
  });

  it.each([{ status: 500 }, { status: 503 }, { status: 429 }])("says nothing with status $status", async (page) => {
    expect(await fetchWellKnown("a.test", asking(web({ [at("a.test")]: page }).fetch))).toEqual({ outcome: "unknown" });
  });

  it.each(["a.test", "..", "-", "1.2.3.999", "xn--a"])("says nothing when %j cannot be asked", async (host) => {
    expect(await fetchWellKnown(host, asking(web({}).fetch))).toEqual({ outcome: "unknown" });
  });

  it("may be elsewhere, five steps away", async () => {
    const pages: Record<string, Said> = { [at("a.test")]: redirect("/1", 301) };
    for (let step = 1; step < 5; step++) pages[`https://a.test/${step}`] = redirect(`//a.test/${step + 1}`, 308);
    const last = "https://a.test/5";
    expect(
      await fetchWellKnown("a.test", asking(web({ ...pages, [last]: delegates("b.test:8443") }).fetch)),
    ).toMatchObject({ outcome: "delegates", to });
    const { fetch, asked } = web({ ...pages, [last]: redirect("/6"), "https://a.test/6": delegates("b.test") });
    expect(await fetchWellKnown("a.test", asking(fetch))).toEqual({ outcome: "none" });
    expect(asked.at(-1)).toBe(last);
  });

  it("is read without harm whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string().map((name) => JSON.stringify({ "m.server": name })),
        ),
        (text) => {
          const name = delegatedNameIn(text);
          expect(name === undefined || /^[0-9A-Za-z.:[\]-]+$/.test(name.host)).toBe(true);
        },
      ),
    );
  });
});

describe("how long it holds", () => {
  it.each([
    [{}, undefined],
    [{ "cache-control": "max-age=60" }, 60_000],
    [{ "cache-control": "public, Max-Age=60, must-revalidate" }, 60_000],
    [{ "cache-control": 'max-age="60"' }, 60_000],
    [{ "cache-control": "s-maxage=60" }, undefined],
    [{ "cache-control": "max-age=x" }, undefined],
    [{ "cache-control": "max-age=60, no-store" }, 0],
    [{ "cache-control": "no-cache" }, 0],
    [{ expires: new Date(now + hour).toUTCString() }, hour],
    [{ expires: new Date(now - hour).toUTCString() }, 0],
    [{ expires: "0" }, 0],
    [{ expires: "tomorrow" }, 0],
    [{ "cache-control": "max-age=60", expires: "0" }, 60_000],
    [{ "cache-control": `max-age=${"9".repeat(40)}` }, undefined],
  ])("is by %j: %s", (headers: Record<string, string>, want) => {
    expect(lifetimeOf(new Headers(headers), now)).toBe(want);
  });
});

describe("a delegation is remembered", () => {
  const remembering = (pages: Record<string, Said>) => {
    const clock = fakeClock(now);
    const { fetch, asked } = web(pages);
    const { delegatedName } = delegations(asking(fetch, clock));
    return { clock, asked, ask: async () => (await delegatedName("a.test"))?.host };
  };

  it.each([
    { what: "a day, when its headers say nothing", headers: {}, ms: 24 * hour },
    { what: "as long as its headers say", headers: { "cache-control": "max-age=7200" }, ms: 2 * hour },
    { what: "two days at most", headers: { "cache-control": "max-age=9999999" }, ms: 48 * hour },
    { what: "five minutes at least", headers: { "cache-control": "no-store" }, ms: 5 * minute },
  ])("for $what", async ({ headers, ms }) => {
    const { clock, asked, ask } = remembering({ [at("a.test")]: delegates("b.test", headers) });
    expect(await ask()).toBe("b.test");
    clock.advance(ms - 1);
    expect([await ask(), asked.length]).toEqual(["b.test", 1]);
    clock.advance(1);
    expect([await ask(), asked.length]).toEqual(["b.test", 2]);
  });

  it.each([{ status: 404 }, { status: 500 }])(
    "as none after status $status, for a minute, and twice as long each time, up to an hour",
    async (page) => {
      const { clock, asked, ask } = remembering({ [at("a.test")]: page });
      for (const [index, wait] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
        expect([await ask(), asked.length]).toEqual([undefined, index + 1]);
        clock.advance(wait * minute - 1);
        expect([await ask(), asked.length]).toEqual([undefined, index + 1]);
        clock.advance(1);
      }
    },
  );

  it("while its host is down, for two days", async () => {
    const pages: Record<string, Said> = { [at("a.test")]: delegates("b.test") };
    const { clock, ask } = remembering(pages);
    expect(await ask()).toBe("b.test");
    pages[at("a.test")] = { status: 502 };
    clock.advance(24 * hour);
    expect(await ask()).toBe("b.test");
    clock.advance(24 * hour);
    expect(await ask()).toBeUndefined();
  });

  it("no longer once its host says that there is none", async () => {
    const pages: Record<string, Said> = { [at("a.test")]: delegates("b.test") };
    const { clock, ask } = remembering(pages);
    expect(await ask()).toBe("b.test");
    pages[at("a.test")] = { status: 404 };
    clock.advance(24 * hour);
    expect(await ask()).toBeUndefined();
  });

  it("for everyone who asks at the same time, in any case, by one request", async () => {
    const { fetch, asked } = web({ [at("a.test")]: delegates("b.test") });
    const { delegatedName } = delegations(asking(fetch));
    const names = await Promise.all(["a.test", "A.test", "a.TEST"].map(delegatedName));
    expect(names.map((name) => name?.host)).toEqual(["b.test", "b.test", "b.test"]);
    expect(asked).toEqual([at("a.test")]);
  });

  it("never for longer than two days without being told again, nor asked for more often than once a minute", async () => {
    const page = fc.oneof(
      fc.constantFrom<Said>({ status: 404 }, { status: 500 }, delegates("b.test"), delegates("c.test")),
      fc.nat(400_000).map((seconds) => delegates("d.test", { "cache-control": `max-age=${seconds}` })),
    );
    const wait = fc.oneof(fc.nat(10 * minute), fc.nat(60 * hour));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(page, wait), { maxLength: 20 }), async (steps) => {
        const pages: Record<string, Said> = {};
        const { clock, asked, ask } = remembering(pages);
        let told: { readonly name: string | undefined; readonly at: number } | undefined;
        let askedAt = Number.NEGATIVE_INFINITY;
        for (const [said, ms] of steps) {
          pages[at("a.test")] = said;
          const before = asked.length;
          const answer = await ask();
          if (asked.length > before) {
            expect(clock.now() - askedAt).toBeGreaterThanOrEqual(minute);
            askedAt = clock.now();
            const name = delegatedNameIn(said.body ?? "")?.host;
            if (name !== undefined || said.status === 404) told = { name, at: clock.now() };
          }
          const mayHold = told !== undefined && clock.now() - told.at < 48 * hour ? told.name : undefined;
          expect(answer).toBe(mayHold);
          clock.advance(ms);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("of the ten thousand hosts asked last", async () => {
    const { fetch, asked } = web({});
    const { delegatedName } = delegations(asking(fetch));
    await delegatedName("first.test");
    await delegatedName("second.test");
    for (let host = 0; host < 9_999; host++) {
      if (host === 5_000) await delegatedName("first.test");
      await delegatedName(`h${host}.test`);
    }
    const before = asked.length;
    await delegatedName("first.test");
    expect(asked.length).toBe(before);
    await delegatedName("second.test");
    expect(asked.length).toBe(before + 1);
  });
});
