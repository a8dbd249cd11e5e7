import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { emitReference } from "../../../generator/emit/reference.js";
import { loadServices } from "../../../generator/load/services.js";
import type { ServiceModel } from "../../../generator/model/model.js";
import { smallModel } from "../../support/small-model.js";

const root = join(import.meta.dirname, "../../..");

let services: readonly ServiceModel[];
beforeAll(async () => {
  ({ services } = await loadServices({ root: join(root, "api") }));
});

const pageOf = (model: ServiceModel): string => emitReference(model)[0]?.text ?? "";

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);

const anchorsOf = (page: string): string[] => all(page, /\sid="([^"]*)"/g);

describe("the page of each of our services", () => {
  test("has an anchor for every operation and type, none twice, and every link leads to one", () => {
    for (const model of services) {
      const page = pageOf(model);
      const anchors = anchorsOf(page);
      expect(new Set(anchors).size).toBe(anchors.length);
      const wanted = [
        ...model.operations.map(({ id }) => `operation-${id}`),
        ...model.schemas.map(({ name }) => `type-${name}`),
      ];
      expect(wanted.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
      const links = new Set(all(page, /href="#([^"]*)"/g));
      expect(links.size).toBeGreaterThan(10);
      expect([...links].filter((anchor) => !anchors.includes(anchor))).toEqual([]);
    }
  });

  test("names every parameter, status and media type at its operation", () => {
    for (const model of services) {
      const articles = new Map(
        pageOf(model)
          .split('<article id="')
          .slice(1)
          .map((text) => [text.slice(0, text.indexOf('"')), text.slice(0, text.indexOf("</article>"))]),
      );
      for (const { id, parameters, body, responses } of model.operations) {
        const article = articles.get(`operation-${id}`) ?? "";
        expect(all(article, /<span class="status \w+">([^<]*)</g)).toEqual(responses.map(({ status }) => status));
        const names = all(article, /<span class="name">([^<]*)</g);
        expect(names).toEqual(expect.arrayContaining(parameters.map(({ name }) => name)));
        for (const { mediaType } of body?.content ?? []) expect(article).toContain(mediaType);
      }
    }
  });

  test("asks nothing of anybody: no address is loaded, and its policy lets only its own style and script run", () => {
    for (const model of services) {
      const page = pageOf(model);
      expect(all(page, /<(link|img|iframe|object|embed|base)\b/g)).toEqual([]);
      expect(all(page, /\b(?:src|action|srcset)="([^"]*)"/g)).toEqual([]);
      expect(all(page, /(?:@import|url\()(.*)/g)).toEqual([]);
      const [policy = ""] = all(page, /Content-Security-Policy" content="([^"]*)"/g);
      expect(policy).toMatch(/^default-src 'none'/);
      for (const element of ["style", "script"]) {
        const [inside = ""] = all(page, new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"));
        const digest = createHash("sha256").update(inside).digest("base64").replaceAll("=", "&#x3D;");
        expect(policy).toContain(`${element}-src 'sha256-${digest}'`);
      }
    }
  });

  test("is the same each time", () => {
    for (const model of services) expect(pageOf(model)).toBe(pageOf(structuredClone(model)));
  });
});

/** How far two colours are apart for the eye, as the guidelines for accessible content define it. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe("for everybody", () => {
  test("all text can be told from its ground, light and dark", () => {
    const themes = all(pageOf(smallModel), /:root \{([^}]*)\}/g).map((rules) =>
      Object.fromEntries([...rules.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour])),
    );
    expect(themes).toHaveLength(2);
    for (const { ground, sheet, code, line, ...inks } of themes) {
      expect(Object.keys(inks)).toEqual(
        expect.arrayContaining(["ink", "soft", "accent", "get", "delete", "fail", "mark"]),
      );
      for (const [name, ink] of Object.entries(inks)) {
        for (const under of [ground, sheet])
          expect(contrast(String(ink), String(under)), `${name} on ${under}`).toBeGreaterThan(4.5);
      }
      expect(contrast(String(inks["ink"]), String(code))).toBeGreaterThan(4.5);
    }
  });

  test("a language, landmarks, one title, headings without a gap, and a way past the contents", () => {
    for (const model of services) {
      const page = pageOf(model);
      expect(page).toContain('<html lang="en">');
      expect(all(page, /<(header|nav|main|footer)\b/g)).toEqual(["header", "nav", "main", "footer"]);
      expect(page.indexOf('<a class="skip" href="#content">')).toBeLessThan(page.indexOf("<header>"));
      expect(page).toContain('<main id="content" tabindex="-1">');
      expect(page).toContain('role="status"');
      expect(page).toMatch(/<input id="search" type="search" [^>]*aria-label="/);
      const levels = all(page.slice(page.indexOf("<main")), /<h([1-6])\b/g).map(Number);
      expect(levels.filter((level) => level === 1)).toEqual([1]);
      expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
    }
  });

  test("light enough to be sent to a phone", () => {
    const kilobytes = (page: string) => gzipSync(page).length / 1024;
    // Every page has its style and its search; what counts is what each operation adds.
    const empty = kilobytes(pageOf({ ...smallModel, operations: [], schemas: [] }));
    expect(empty).toBeLessThan(8);
    const added = services.map((model) => (kilobytes(pageOf(model)) - empty) / model.operations.length);
    expect(Math.max(...added)).toBeLessThan(1.5);
  });
});

test("descriptions are shown as they are meant", () => {
  const [first, ...others] = smallModel.operations;
  const description = "Takes *one* of [these](https://example.org/?a=1&b=2):\n\n1. `a`\n2. **b**";
  const page = pageOf({ ...smallModel, operations: [{ ...first!, description }, ...others] });
  expect(page).toContain(
    '<p>Takes <em>one</em> of <a href="https://example.org/?a&#x3D;1&amp;b&#x3D;2" rel="noreferrer">these</a>:</p>' +
      '<ol start="1"><li><code>a</code></li><li><strong>b</strong></li></ol>',
  );
});

test("deprecated operations are marked, required values too", () => {
  const page = pageOf(smallModel);
  expect(page).toMatch(/<article id="operation-emailSubmitTokenGet"[^>]* class="gone">/);
  expect(page).not.toMatch(/<article id="operation-emailRequestToken"[^>]* class="gone">/);
  expect(page).toMatch(/<span class="name">sid<\/span> <span class="type">string<\/span> <span class="must">required/);
  expect(page).toContain("matches ^[0-9a-z]+$");
  expect(page).toContain("list of string");
});

test("whatever a document says is text, never markup", () => {
  const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>{{title}}`;
  const first = smallModel.operations[0]!;
  const page = pageOf({
    ...smallModel,
    title: evil,
    version: evil,
    description: evil,
    schemas: [
      ...smallModel.schemas,
      {
        name: "Evil",
        kind: "definition",
        origin: first.origin,
        schema: {
          type: "object",
          description: `\`${evil}\``,
          properties: { [evil]: { enum: [evil], pattern: evil, description: evil, default: evil } },
        },
      },
    ],
    operations: [
      {
        ...first,
        summary: evil,
        description: evil,
        tags: [evil],
        path: `/${evil}/{${evil}}`,
        parameters: [
          {
            name: evil,
            in: "query",
            required: true,
            schema: { type: "string" },
            deprecated: true,
            origin: first.origin,
          },
        ],
        responses: first.responses.map((response) => ({
          ...response,
          description: evil,
          content: response.content.map((media) => ({
            ...media,
            mediaType: evil,
            examples: [{ value: { [evil]: evil }, origin: first.origin }],
          })),
        })),
      },
    ],
  });
  expect(all(page, /<(script|img)\b/g)).toEqual(["script"]);
  expect(page).not.toContain(evil);
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
});

describe("a page for strangers", () => {
  const [first, second] = smallModel.operations;
  const letters = { type: "array", items: { type: "string", enum: ["a", "b"] }, minItems: 1, maxItems: 2 } as const;
  const parameter = {
    ...second!.parameters[0]!,
    name: "letters",
    in: "query",
    schema: letters,
  } as const;
  const model: ServiceModel = {
    ...smallModel,
    operations: [
      { ...first!, tags: [], security: [["key"]], origin: { ...first!.origin, file: "zoo.yaml" } },
      { ...second!, tags: ["zebras"], parameters: [parameter], origin: { ...second!.origin, file: "zoo.yaml" } },
    ],
    securitySchemes: {
      key: { type: "apiKey", in: "header", name: "X-Key" },
      unused: { type: "http", scheme: "basic" },
    },
    about: {
      document: { servers: [{ url: "https://zoo.example" }], tags: [{ name: "zebras", description: "Striped." }] },
      info: {},
      paths: {},
      components: {},
    },
  };
  const page = pageOf(model);

  test("tells where the service is, how to come in, and what a tag means", () => {
    expect(page).toContain("<p>At <code>https://zoo.example</code></p>");
    expect(all(page, /<p>Who asks is told by (.*)<\/p>/g)).toEqual([
      "<b>key</b>: <code>a key in the header X-Key</code>",
    ]);
    expect(page).toMatch(/<h2>zebras<\/h2>\s*<p>Striped\.<\/p>/);
  });

  test("puts operations without a tag behind the tags, and names no file where there is but one", () => {
    expect(all(page, /<section data-group id="group-\d+">\s*<h2>([^<]*)</g)).toEqual(["zebras", "Other operations"]);
    expect(page).not.toContain("<li>zoo.yaml</li>");
    expect(pageOf({ ...model, operations: [model.operations[0]!, second!] })).toContain("<li>zoo.yaml</li>");
  });

  test("tells the values of a list, and one item from several", () => {
    expect(page).toContain("<li>at least 1 item</li>");
    expect(page).toContain("<li>at most 2 items</li>");
    expect(page).toMatch(/<li>each one of &quot;a&quot;, &quot;b&quot;<\/li>/);
  });
});
