import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseLanguage, languageShape } from "../../../runtime/delivery/languages.js";
import { processorMs } from "../../support/processor-time.js";

const choose = chooseLanguage(["en", "de", "pt-BR", "zh-Hant"]);

describe("a language", () => {
  it.each([
    [undefined, "en"],
    ["", "en"],
    ["de", "de"],
    ["DE-at", "de"],
    ["fr, de;q=0.5, en;q=0.7", "en"],
    ["fr, de;q=0.7, en;q=0.5", "de"],
    ["fr,de", "de"],
    ["de;q=0, fr", "en"],
    ["de;q=0.0", "en"],
    ["*", "en"],
    ["fr, *;q=0.1, de;q=0.05", "en"],
    ["pt-br", "pt-BR"],
    ["pt", "en"],
    ["zh-hant-tw", "zh-Hant"],
    ["de;q=many", "en"],
    ["; ;,,;q=,-", "en"],
    [`${"xx,".repeat(30)}de`, "en"],
  ])("by %j is %s", (accepted, language) => {
    expect(choose(accepted)).toBe(language);
  });

  it("is always one that is offered, in bounded time", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5000 }), (accepted) =>
        ["en", "de", "pt-BR", "zh-Hant"].includes(choose(accepted)),
      ),
    );
    const started = processorMs();
    choose("a-".repeat(500_000));
    expect(processorMs() - started).toBeLessThan(1000);
  });

  it.each(["de", "gsw", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419"])("may be called %s", (name) => {
    expect(languageShape.test(name)).toBe(true);
  });
  it.each(["DE", "deutsch", "no-account", "page", "pt-br", "de_AT", ""])("is not called %s", (name) => {
    expect(languageShape.test(name)).toBe(false);
  });
});
