/** The system's Chromium, for pages that are driven, or tell by themselves what they found. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const chromium = places.find((path) => existsSync(path));

/** Whether tests that need it are to run: where there is one, and wherever its absence is a mistake. */
export const browserIsDue = chromium !== undefined || process.env["CI"] === "true";
/** For the names of such tests. */
export const notRun = browserIsDue ? "" : " (not run: no Chromium here; CI installs one)";

/** Where it is, for whoever drives it. Throws with what installs it. */
export const chromiumProgram = (): string => {
  if (chromium === undefined) throw new Error('there is no Chromium: run "apt-get install --yes chromium"');
  return chromium;
};

/** With these it asks the network for nothing but the test's own pages. */
export const chromiumFlags: readonly string[] = [
  ...["--no-sandbox", "--disable-gpu", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** Opens a page until the test is finished. */
export const openInChromium = (url: string): void => {
  const program = chromiumProgram();
  const profile = mkdtempSync(join(tmpdir(), "threepid-chromium-"));
  const flags = ["--headless", ...chromiumFlags, `--user-data-dir=${profile}`, url];
  // A group of its own, so that its helper processes end with it.
  const browser = spawn(program, flags, { stdio: "ignore", detached: true });
  onTestFinished(async () => {
    const ended = once(browser, "exit");
    if (browser.pid !== undefined) process.kill(-browser.pid, "SIGKILL");
    await ended;
    // What is left of a helper may still be writing; a folder that stays in the temporary ones fails nothing.
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => undefined);
  });
};
