import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Method } from "../../../generator/seam/contract.js";
import { createRouter, type Routable } from "../../../generator/seam/router.js";
import { processorMs } from "../../support/processor-time.js";

const route = (method: Method, path: string): Routable => ({ method, path });

const found = (routes: readonly Routable[], method: string, path: string) => {
  const match = createRouter(routes).find(method, path);
  return match.kind === "found" ? [match.targets[0].path, ...match.values] : match.kind;
};

const keys = [
  route("GET", "/pubkey/{keyId}"),
  route("GET", "/pubkey/isvalid"),
  route("GET", "/pubkey/ephemeral/isvalid"),
];

describe("router", () => {
  it.each([
    ["/pubkey/isvalid", ["/pubkey/isvalid"]],
    ["/pubkey/%69svalid", ["/pubkey/isvalid"]],
    ["/pubkey/ed25519%3A0", ["/pubkey/{keyId}", "ed25519%3A0"]],
    ["/pubkey/ephemeral", ["/pubkey/{keyId}", "ephemeral"]],
    ["/pubkey/ephemeral/isvalid", ["/pubkey/ephemeral/isvalid"]],
    ["/pubkey/", "unknown-path"],
    ["/pubkey", "unknown-path"],
    ["/pubkey/isvalid/", "unknown-path"],
    ["//pubkey/isvalid", "unknown-path"],
    ["/pubkey/%zz", ["/pubkey/{keyId}", "%zz"]],
    ["*", "unknown-path"],
    ["", "unknown-path"],
  ])("finds %s in either order of registration", (path, want) => {
    expect(found(keys, "GET", path)).toEqual(want);
    expect(found([...keys].reverse(), "GET", path)).toEqual(want);
  });

  it("tells a wrong method from an unknown path, by the most specific path", () => {
    const router = createRouter([...keys, route("POST", "/pubkey/{id}"), route("DELETE", "/pubkey/{other}")]);
    expect(router.find("POST", "/pubkey/isvalid")).toEqual({ kind: "wrong-method", allow: ["GET", "OPTIONS", "HEAD"] });
    expect(router.find("PUT", "/pubkey/x")).toEqual({
      kind: "wrong-method",
      allow: ["DELETE", "GET", "POST", "OPTIONS", "HEAD"],
    });
    expect(router.allow("/nothing")).toBeUndefined();
  });

  it("keeps several operations of one method and path", () => {
    const [user, address] = [route("POST", "/invite"), route("POST", "/invite")];
    expect(createRouter([user, address]).find("POST", "/invite")).toMatchObject({ targets: [user, address] });
  });

  it.each([
    ["/a/{b}{c}", "the parameters of the segment {b}{c} cannot be told apart"],
    ["/a/{b", "the parameters of the segment {b cannot be told apart"],
    ["a", "the path a does not begin with a slash"],
  ])("refuses the path %s when it is built", (path, words) => {
    expect(() => createRouter([route("GET", path)])).toThrow(words);
  });

  it.each([
    ["/report.pdf", ["/report.pdf"]],
    ["/report.csv", ["/report.{format}", "csv"]],
    ["/report%2Ecsv", ["/report.{format}", "csv"]],
    ["/report.", ["/{name}", "report."]],
    ["/reports", ["/{name}", "reports"]],
    ["/a-b-c", ["/{from}-{to}", "a", "b-c"]],
    ["/a-b.", ["/{from}-{to}.", "a", "b"]],
    ["/-b", ["/{name}", "-b"]],
    ["/a-", ["/{name}", "a-"]],
    ["/--b", ["/{from}-{to}", "-", "b"]],
    ["/a%2Fb-c%zz", ["/{from}-{to}", "a%2Fb", "c%zz"]],
    ["/a-b/end", ["/{from}-{to}/end", "a", "b"]],
    ["/a-b/stop", ["/{other}/stop", "a-b"]],
    ["/a.v-b/w-c.d/e", ["/{one}.v-{two}/w-{three}.{four}/e", "a", "b", "c", "d"]],
  ])("finds %s among segments of text and parameters, in either order of registration", (path, want) => {
    const mixed = [
      ...["/report.pdf", "/report.{format}", "/{name}", "/{from}-{to}", "/{from}-{to}.", "/{from}-{to}/end"],
      ...["/{other}/stop", "/{one}.v-{two}/w-{three}.{four}/e"],
    ].map((template) => route("GET", template));
    expect(found(mixed, "GET", path)).toEqual(want);
    expect(found([...mixed].reverse(), "GET", path)).toEqual(want);
  });

  it("reads a segment in one go, however often its texts stand in it", () => {
    const router = createRouter([route("GET", "/{a}-{b}-{c}-{d}.x"), route("GET", "/{a}--{b}--{c}!")]);
    const started = processorMs();
    for (let count = 0; count < 200; count++) router.find("GET", `/${"-".repeat(20_000)}`);
    expect(processorMs() - started).toBeLessThan(1_000);
  });

  it("agrees with a naive matcher", () => {
    const segment = fc.constantFrom("a", "b", "isvalid", "{x}", "{y}");
    const templates = fc.uniqueArray(
      fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
      { maxLength: 12, selector: (path) => path.replaceAll(/\{.\}/g, "{}") },
    );
    const path = fc
      .array(fc.constantFrom("a", "b", "isvalid", "other", ""), { maxLength: 5 })
      .map((parts) => `/${parts.join("/")}`);
    fc.assert(
      fc.property(templates, path, (paths, wanted) => {
        const routes = paths.map((template) => route("GET", template));
        const want = naive(paths, wanted);
        const match = createRouter(routes).find("GET", wanted);
        expect(match.kind === "found" ? match.targets[0].path : undefined).toBe(want);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Of all templates that fit, the one whose first difference is a static segment. */
const naive = (templates: readonly string[], path: string): string | undefined => {
  const segments = path.split("/");
  const fits = templates.filter((template) => {
    const parts = template.split("/");
    return (
      parts.length === segments.length &&
      parts.every((part, at) => (part.startsWith("{") ? segments[at] !== "" : part === segments[at]))
    );
  });
  const rank = (template: string) =>
    template
      .split("/")
      .map((part) => (part.startsWith("{") ? "1" : "0"))
      .join("");
  return fits.sort((left, right) => (rank(left) < rank(right) ? -1 : 1))[0];
};
