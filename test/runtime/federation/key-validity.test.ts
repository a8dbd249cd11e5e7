import { describe, expect, it } from "vitest";
import { keyValidity } from "../../../runtime/federation/key-validity.js";
import { OutgoingError } from "../../../runtime/federation/outgoing-error.js";
import { fakeClock } from "../fakes.js";

const asking = (answer: () => Response | Promise<Response> = () => Response.json({ valid: true })) => {
  const asked: string[] = [];
  const fetching = (way: string) => async (url: URL) => {
    asked.push(`${way} ${url.href}`);
    return answer();
  };
  const clock = fakeClock();
  const port = keyValidity({
    clock,
    baseUrls: ["http://127.0.0.1:8090"],
    fetchListed: fetching("listed"),
    fetchUnlisted: fetching("checked"),
  });
  return { ask: (url: string, key = "a+b/c_d-e") => port.ask(url, key), asked, clock };
};

describe("a URL that says whether a key is valid", () => {
  it.each([
    ["https://id.test/isvalid", "checked https://id.test/isvalid?public_key=a%2Bb%2Fc_d-e"],
    ["https://id.test/isvalid?tenant=1", "checked https://id.test/isvalid?tenant=1&public_key=a%2Bb%2Fc_d-e"],
    ["https://id.test/isvalid?public_key=other", "checked https://id.test/isvalid?public_key=a%2Bb%2Fc_d-e"],
    [
      "http://127.0.0.1:8090/_matrix/identity/v2/pubkey/isvalid",
      "listed http://127.0.0.1:8090/_matrix/identity/v2/pubkey/isvalid?public_key=a%2Bb%2Fc_d-e",
    ],
    ["http://127.0.0.1:8090/admin", "checked http://127.0.0.1:8090/admin?public_key=a%2Bb%2Fc_d-e"],
    [
      "http://127.0.0.1:8090/_matrix/identity/../../admin",
      "checked http://127.0.0.1:8090/admin?public_key=a%2Bb%2Fc_d-e",
    ],
    ["http://127.0.0.1:80900/_matrix/identity/v2/pubkey/isvalid", undefined],
    [
      "http://127.0.0.1:8091/_matrix/identity/v2/pubkey/isvalid",
      "checked http://127.0.0.1:8091/_matrix/identity/v2/pubkey/isvalid?public_key=a%2Bb%2Fc_d-e",
    ],
  ])("such as %s is asked for the key as it is spelled, by the way that its place allows", async (url, want) => {
    const { ask, asked } = asking();
    expect(await ask(url)).toBe(want === undefined ? "invalid" : "valid");
    expect(asked).toEqual(want === undefined ? [] : [want]);
  });

  it.each<[string, () => Response | Promise<Response>, string]>([
    ["yes", () => Response.json({ valid: true }), "valid"],
    ["no", () => Response.json({ valid: false }), "invalid"],
    ["another shape", () => Response.json({ valid: "true" }), "unreachable"],
    ["a page", () => new Response("<html>"), "unreachable"],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://id.test/yes" } }),
      "unreachable",
    ],
    ["an error that says yes", () => Response.json({ valid: true }, { status: 500 }), "unreachable"],
    ["nothing", () => Promise.reject(new OutgoingError("refused-destination", "private")), "unreachable"],
  ])("that answers %s is understood", async (_, answer, want) => {
    expect(await asking(answer).ask("https://id.test/isvalid")).toBe(want);
  });

  it.each(["javascript:alert(1)", "file:///etc/passwd", "id.test", "", `https://${"a".repeat(3000)}.test`])(
    "is not %s",
    async (url) => {
      const { ask, asked } = asking();
      expect(await ask(url)).toBe("invalid");
      expect(asked).toEqual([]);
    },
  );
});

describe("a verdict", () => {
  const url = "https://id.test/isvalid";

  it.each<[string, () => Response | Promise<Response>, string]>([
    ["valid", () => Response.json({ valid: true }), "valid"],
    ["invalid", () => Response.json({ valid: false }), "invalid"],
    ["none", () => Promise.reject(new OutgoingError("failed", "nobody is there")), "unreachable"],
  ])("that is %s is remembered for a minute, whatever fragment the URL has", async (_, answer, want) => {
    const { ask, asked, clock } = asking(answer);
    expect([await ask(url), await ask(`${url}#1`)]).toEqual([want, want]);
    clock.advance(59_999);
    expect([await ask(url), asked.length]).toEqual([want, 1]);
    clock.advance(1);
    expect([await ask(url), asked.length]).toEqual([want, 2]);
  });

  it("counts for its key and its URL alone", async () => {
    const { ask, asked } = asking();
    for (const key of ["one", "two"]) for (const where of [url, `${url}?tenant=1`]) await ask(where, key);
    expect(asked).toHaveLength(4);
  });

  it("is asked for once by all who wait for it", async () => {
    const { ask, asked } = asking();
    expect(await Promise.all([ask(url), ask(url), ask(url)])).toEqual(["valid", "valid", "valid"]);
    expect(asked).toHaveLength(1);
  });

  it("that was not asked for longest makes room for others", async () => {
    const { ask, asked } = asking();
    for (let key = 0; key <= 1000; key += 1) await ask(url, String(key));
    await ask(url, "1000");
    expect(asked).toHaveLength(1001);
    await ask(url, "0");
    expect(asked).toHaveLength(1002);
  });
});
