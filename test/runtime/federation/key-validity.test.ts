import { describe, expect, it } from "vitest";
import { keyValidity } from "../../../runtime/federation/key-validity.js";
import { OutgoingError } from "../../../runtime/federation/outgoing-error.js";

const asking = (answer: () => Response | Promise<Response> = () => Response.json({ valid: true })) => {
  const asked: string[] = [];
  const fetching = (way: string) => async (url: URL) => {
    asked.push(`${way} ${url.href}`);
    return answer();
  };
  const port = keyValidity({
    baseUrls: ["http://127.0.0.1:8090"],
    fetchListed: fetching("listed"),
    fetchUnlisted: fetching("checked"),
  });
  return { ask: (url: string, key = "a+b/c_d-e") => port.ask(url, key), asked };
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
