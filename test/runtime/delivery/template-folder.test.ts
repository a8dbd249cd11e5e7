import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TemplateError } from "../../../runtime/delivery/template-folder.js";
import { paths } from "../../../runtime/delivery/template-shapes.js";
import { messageTemplates, type TemplateSettings } from "../../../runtime/delivery/templates.js";
import type { Wording } from "../../../runtime/ports/wording.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-templates-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};

const templates = (settings: Partial<TemplateSettings> = {}) =>
  messageTemplates("Example", { languages: ["en", "de"], folder, ...settings });

/** What is wrong, without the folder's name. */
const problems = (settings: Partial<TemplateSettings> = {}): readonly string[] => {
  try {
    templates(settings);
  } catch (error) {
    if (error instanceof TemplateError) return error.message.replaceAll(`${folder}/`, "").split("\n");
    throw error;
  }
  return [];
};

const subject = (wording: Wording, settings: Partial<TemplateSettings> = {}): string =>
  templates(settings).mail({ purpose: "email-code", to: "a@b.c", code: "123456", wording }).subject;

describe("a folder of templates", () => {
  it.each([
    [["brands/acme/de/", "brands/acme/", "de/", ""], "brands/acme/de/"],
    [["brands/acme/", "de/", ""], "brands/acme/"],
    [["brands/other/de/", "de/", ""], "de/"],
    [["brands/other/", ""], "ours"],
    [["brands/acme/en/"], "ours"],
  ])("with %j gives a German of acme what is in %s", (places, found) => {
    write({ "brands/acme/page/title.hbs": "so that the brand exists" });
    write(Object.fromEntries(places.map((place) => [`${place}email-code/subject.hbs`, place])));
    expect(subject({ brand: "acme", language: "de" })).toBe(found === "ours" ? "Ihr Code für Example" : found);
  });

  it("stands in place of our own words for all, where no closer one does", () => {
    write({ "email-code/subject.hbs": "{{code}} for {{service}}" });
    expect(subject({})).toBe("123456 for Example");
    expect(subject({ language: "de" })).toBe("Ihr Code für Example");
  });

  it("replaces file by file", () => {
    write({ "de/email-code/text.hbs": "{{code}}" });
    const { text, subject: line } = templates().mail({
      purpose: "email-code",
      to: "a@b.c",
      code: "123456",
      wording: { language: "de" },
    });
    expect([line, text]).toEqual(["Ihr Code für Example", "123456"]);
  });

  it("knows brands by their folders, and takes the usual one for all others", () => {
    write({
      "brands/acme/email-code/subject.hbs": "{{brand}} in {{language}}",
      "brands/b.1/email-code/subject.hbs": "{{brand}}",
    });
    expect(subject({ brand: "acme", language: "de" })).toBe("acme in de");
    for (const brand of ["nobody", "..", "constructor", "Acme"])
      expect(subject({ brand })).toBe("Your code for Example");
    expect(subject({ brand: "nobody" }, { brand: "acme" })).toBe("acme in en");
    expect(subject({ brand: "b.1" }, { brand: "acme" })).toBe("b.1");
  });

  it("writes to whoever wants no language of ours in the first", () => {
    expect(subject({ language: "fr" }, { languages: ["de", "en"] })).toBe("Ihr Code für Example");
    expect(subject({ language: "en" }, { languages: ["de", "en"] })).toBe("Your code for Example");
    expect(subject({ language: "en" }, { languages: ["de"] })).toBe("Ihr Code für Example");
  });

  it("may hold a language of its own, whole", () => {
    write(Object.fromEntries(paths.map((path) => [`fr/${path}.hbs`, `fr ${path}`])));
    expect(subject({ language: "fr-CH" }, { languages: ["en", "fr"] })).toBe("fr email-code/subject");
    rmSync(join(folder, "fr/invite/text.hbs"));
    expect(problems({ languages: ["en", "fr"] })).toEqual([
      'fr/invite/text.hbs: is missing; write it, or remove fr from "mail.languages"',
    ]);
  });

  it("overlooks what is no template: notes, and what is hidden", () => {
    write({ "README.md": "notes", ".git/x.hbs": "{{", "invite/notes.txt": "{{" });
    expect(problems()).toEqual([]);
  });

  it.each([
    ["email-code/text.hbs", "{{#if code}}\n{{code}}", "email-code/text.hbs:2: it ends within a block; close every {{"],
    [
      "email-code/text.hbs",
      "one\n{{cod}}",
      'email-code/text.hbs:2:3: nothing is called "cod" here; use one of service, brand, language, code, resetsPassword',
    ],
    [
      "email-code/text.hbs",
      "one\ntwo {{code",
      "email-code/text.hbs:2: what is between {{ and }} cannot be read; close every {{ and every block",
    ],
    [
      "email-code/text.hbs",
      "{{#if code}}\n{{/unless}}",
      "email-code/text.hbs:1:4: if doesn't match unless; close every {{ and every block",
    ],
    [
      "de/invite/html.hbs",
      "<p>\n  {{{roomName}}}",
      "de/invite/html.hbs:2:3: what strangers wrote would stand here as markup; write it with two braces, not three",
    ],
    ["invite/html.hbs", "{{&roomName}}", "invite/html.hbs:1:1: what strangers wrote would stand here as markup"],
    ["invite/text.hbs", "{{> other}}", "invite/text.hbs:1:1: templates hold no other templates; write its text here"],
    [
      "invite/text.hbs",
      "{{#each roomName}}{{/each}}",
      "invite/text.hbs:1:1: there are no blocks but if and unless, each over one name; write {{#if name}} ... {{/if}}",
    ],
    [
      "invite/text.hbs",
      "{{#if space}}{{else if sapce}}{{/if}}",
      'invite/text.hbs:1:24: nothing is called "sapce" here',
    ],
    [
      "invite/text.hbs",
      "{{lookup this link}}",
      "invite/text.hbs:1:1: there are no helpers but if and unless; write {{name}} alone",
    ],
    ["invite/text.hbs", "{{../link}}", 'invite/text.hbs:1:3: nothing is called "../link" here'],
    ["invite/text.hbs", "{{constructor}}", 'invite/text.hbs:1:3: nothing is called "constructor" here'],
    [
      "invite/body.hbs",
      "",
      "invite/body.hbs: is no part of this template; its parts are subject.hbs, text.hbs, html.hbs",
    ],
    ["invites/text.hbs", "", "invites: is no template; here may stand email-validation, email-code, invite,"],
    ["text.hbs", "", "text.hbs: is no template; here may stand email-validation"],
    ["fr/invite/text.hbs", "", 'fr: is for a language that is not offered; add fr to "mail.languages", or remove it'],
    ["brands/a b/invite/text.hbs", "", "brands/a b: is no brand; name a brand's folder by letters"],
    ["brands/acme/brands/x/invite/text.hbs", "", "brands/acme/brands: is no template; here may stand"],
    ["de/en/invite/text.hbs", "", "de/en: is no template; here may stand"],
  ])("whose %s is %j stops the start", (path, text, problem) => {
    write({ [path]: text });
    const found = problems();
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(problem), found[0]).toBe(true);
  });

  it("tells everything that is wrong at once", () => {
    write({ "invite/text.hbs": "{{a}}\n{{b}}", "page/body.hbs": "{{c}}" });
    expect(problems().map((line) => line.replace(/: .*/, ""))).toEqual([
      "invite/text.hbs:1:3",
      "invite/text.hbs:2:3",
      "page/body.hbs:1:3",
    ]);
  });

  it("is needed for a language that is not ours", () => {
    const without =
      (...languages: [string, ...string[]]) =>
      () =>
        messageTemplates("Example", { languages });
    expect(without("de", "en")).not.toThrow();
    expect(without("en", "fr")).toThrow(
      'mail.templates: is missing; name a folder with templates in fr, or remove fr from "mail.languages"',
    );
  });

  it("is missing, or lacks the usual brand", () => {
    expect(problems({ brand: "acme" })).toEqual([
      'brands/acme: is missing; make a folder for the brand that "mail.brand" names',
    ]);
    rmSync(folder, { recursive: true });
    expect(problems()).toEqual([
      expect.stringMatching(/: cannot be read \(ENOENT: .*\); make the folder, or remove "mail\.templates"$/),
    ]);
  });
});
