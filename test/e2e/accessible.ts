/** What a page owes to whoever cannot see it, or reads it enlarged, or has no mouse. */

import type { Page } from "playwright-core";
import { expect } from "vitest";

interface Findings {
  readonly language: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly landmarks: number;
  /** Inputs and buttons that a reader has no name for. */
  readonly unnamed: readonly string[];
  /** Texts that are hard to tell from what is behind them, each with its ratio. */
  readonly faint: readonly string[];
  /** Texts that were measured. */
  readonly measured: number;
  readonly width: number;
}

/** Runs in the page: everything that it needs stands in it. */
const inspect = (): Findings => {
  const channels = (color: string): readonly number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r = 0, g = 0, b = 0]: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: Element | null): readonly number[] => {
    if (element === null) return [255, 255, 255];
    const color = channels(getComputedStyle(element).backgroundColor);
    return (color[3] ?? 1) === 0 ? behind(element.parentElement) : color;
  };
  const contrast = (element: Element): number => {
    const [light = 0, dark = 0] = [
      luminance(channels(getComputedStyle(element).color)),
      luminance(behind(element)),
    ].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const shown = (element: Element): boolean => element.getClientRects().length > 0;
  const texts = [...document.body.querySelectorAll("*")].filter(
    (element) =>
      shown(element) &&
      [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()),
  );
  const measured = texts.map((element) => ({ element, ratio: contrast(element) }));
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLButtonElement>("input, button")].filter(shown);
  const nameOf = (field: HTMLInputElement | HTMLButtonElement): string =>
    [...(field.labels ?? [])].map(({ textContent }) => textContent).join("") || (field.textContent ?? "");
  return {
    language: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll("h1")].map(({ textContent }) => textContent ?? ""),
    landmarks: document.querySelectorAll("main").length,
    unnamed: fields.filter((field) => nameOf(field).trim() === "").map(({ outerHTML }) => outerHTML),
    faint: measured.filter(({ ratio }) => ratio < 4.5).map(({ element, ratio }) => `${ratio} ${element.outerHTML}`),
    measured: measured.length,
    width: document.documentElement.scrollWidth,
  };
};

/** By day and by night, and as narrow as a small telephone shows it. */
export const expectAccessible = async (page: Page, language: string): Promise<void> => {
  const usual = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(inspect);
    expect(found).toMatchObject({ language, landmarks: 1, unnamed: [], faint: [] });
    expect(found.measured).toBeGreaterThan(1);
    expect(found.title).not.toBe("");
    expect(found.headings).toEqual([found.title]);
    expect(found.width).toBeLessThanOrEqual(320);
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (usual !== null) await page.setViewportSize(usual);
};

/** Goes from field to field by the key until the wanted one has the focus, which is to be seen. */
export const tabTo = async (page: Page, selector: string): Promise<void> => {
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate((wanted) => {
      const element = document.activeElement;
      if (!element?.matches(wanted)) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { outlineStyle, outlineWidth };
    }, selector);
    if (focused === undefined) continue;
    expect(focused.outlineStyle).not.toBe("none");
    expect(Number.parseFloat(focused.outlineWidth)).toBeGreaterThan(1);
    return;
  }
  throw new Error(`no key leads to ${selector}`);
};
