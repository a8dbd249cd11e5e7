/** People in a browser: the pages of registration's stages, and the page of a mailed link. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { administrateRegistrationTokens } from "../../runtime/compose.js";
import { browserIsDue, chromiumFlags, chromiumProgram, notRun } from "../support/chromium.js";
import { linkIn } from "../support/mail-sink.js";
import { expectAccessible, tabTo } from "./accessible.js";
import { type CaptchaProvider, captchaProvider } from "./captcha-provider.js";
import { email, listed, offered, password, requestToken } from "./journeys.js";
import { type Servers, startServers } from "./servers.js";

/** Pictures of every page, for whoever wants to see them. */
const pictures = fileURLToPath(new URL("../../dist/test-artefacts/", import.meta.url));
const terms_file = fileURLToPath(new URL("../fixtures/terms.yaml", import.meta.url));

const stages = ["m.login.terms", "m.login.registration_token", "m.login.email.identity"] as const;
const captchaStage = "m.login.recaptcha";

describe.runIf(browserIsDue)(`in a browser${notRun}`, () => {
  let browser: Browser;
  let servers: Servers;
  let provider: CaptchaProvider;
  let token: string;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await chromium.launch({ executablePath: chromiumProgram(), args: [...chromiumFlags] });
    provider = await captchaProvider();
    const homeserver = {
      terms_file,
      registration: { flows: [stages, [captchaStage]] },
      captcha: provider.options,
    };
    servers = await startServers({ options: { homeserver } });
    const tokens = administrateRegistrationTokens(servers.configuration);
    token = await tokens.issue({});
    tokens.close();
  });
  afterAll(async () => {
    await browser?.close();
    await servers?.close();
    await provider?.close();
  });

  const open = async (options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    return context.newPage();
  };

  const addressOf = (stage: string, session: string): string =>
    `${servers.homeserverUrl}/_matrix/client/v3/auth/${stage}/fallback/web?session=${session}`;

  const look = async (page: Page, language: string, name: string): Promise<void> => {
    await expectAccessible(page, language);
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  };

  const heading = (page: Page): Promise<string | null> => page.textContent("h1");

  const ways = [
    {
      what: "with scripts, in English",
      options: { locale: "en-GB" },
      language: "en",
      done: "This step is done",
      confirmed: "Your email address is confirmed",
    },
    {
      what: "without scripts, in English",
      options: { locale: "en-GB", javaScriptEnabled: false },
      language: "en",
      done: "This step is done",
      confirmed: "Your email address is confirmed",
    },
    {
      what: "without scripts, in German",
      options: { locale: "de-AT", javaScriptEnabled: false },
      language: "de",
      done: "Dieser Schritt ist erledigt",
      confirmed: "Ihre E-Mail-Adresse ist bestätigt",
    },
  ] as const;

  it.each(ways)("somebody registers by keyboard, page after page, $what", async (way) => {
    const { language, options, done, confirmed } = way;
    const { homeserver, mail } = servers;
    const name = way.what.replaceAll(/\W+/g, "-");
    const username = name.toLowerCase();
    const account = { username, password };
    const session = offered(await homeserver.register({ body: account }));
    const page = await open(options);

    await page.goto(addressOf("m.login.terms", session));
    await look(page, language, `${name}-1-terms`);
    await tabTo(page, "#accepted");
    await page.keyboard.press("Space");
    await tabTo(page, "button");
    await page.keyboard.press("Enter");
    await page.waitForSelector("form", { state: "detached" });
    expect(await heading(page)).toBe(done);
    await look(page, language, `${name}-2-terms-done`);

    await page.goto(addressOf("m.login.registration_token", session));
    await tabTo(page, "#token");
    await page.keyboard.type("not this one");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=alert]");
    await look(page, language, `${name}-3-token-refused`);
    expect(await page.getAttribute("#token", "aria-describedby")).toBe("problem");
    await tabTo(page, "#token");
    await page.keyboard.type(token);
    await page.keyboard.press("Enter");
    await page.waitForSelector("form", { state: "detached" });
    expect(await heading(page)).toBe(done);

    await page.goto(addressOf("m.login.email.identity", session));
    await look(page, language, `${name}-4-email`);
    const owned = email(`${username}@example.org`);
    const asked = await requestToken(servers, "register", owned, "self");
    const threepid_creds = { sid: asked.sid, client_secret: asked.client_secret };
    const auth = { type: "m.login.email.identity", session, threepid_creds };
    expect(await homeserver.register({ body: { ...account, auth } })).toMatchObject({
      status: 401,
      body: { completed: stages.slice(0, 2) },
    });
    await page.goto(linkIn(await mail.newest(owned.address)).href);
    expect(await heading(page)).toBe(confirmed);
    await look(page, language, `${name}-5-link`);

    // Everything was completed elsewhere: the client has nothing to say but its session.
    const { access_token: accessToken = "" } = await homeserver.orThrow.register({
      body: { ...account, auth: { session } },
    });
    expect(await listed(servers, accessToken)).toEqual([{ medium: "email", address: owned.address }]);
    await page.goto(addressOf("m.login.terms", session));
    await look(page, language, `${name}-6-over`);
  });

  it("a link that is not right is told as such", async () => {
    const owned = email("wrong-link@example.org");
    await requestToken(servers, "register", owned, "self");
    const link = linkIn(await servers.mail.newest(owned.address));
    link.searchParams.set("token", "wrong");
    const page = await open({ locale: "de-DE", javaScriptEnabled: false });
    await page.goto(link.href);
    expect(await heading(page)).toBe("Ihre E-Mail-Adresse wurde nicht bestätigt");
    await look(page, "de", "link-refused");
  });

  const accept = async (page: Page): Promise<void> => {
    await page.check("#accepted");
    await page.click("button");
  };

  it("a client that opened the page in a window of its own hears that the stage is done", async () => {
    const session = offered(await servers.homeserver.register({ body: {} }));
    const client = await open({});
    await client.goto(`${servers.homeserverUrl}/_matrix/client/versions`);
    const [page] = await Promise.all([
      client.waitForEvent("popup"),
      client.evaluate(
        (address) => {
          const heard: unknown[] = [];
          Object.assign(window, { heard });
          window.addEventListener("message", ({ data, origin }) => heard.push([data, origin]));
          window.open(address);
        },
        addressOf("m.login.terms", session),
      ),
    ]);
    await accept(page);
    await client.waitForFunction("window.heard.length > 0");
    expect(await client.evaluate("window.heard")).toEqual([["authDone", servers.homeserverUrl]]);
  });

  it("a client that shows the page in a view of its own is called", async () => {
    const session = offered(await servers.homeserver.register({ body: {} }));
    const page = await open({});
    const called = new Promise<void>((resolve) => void page.exposeFunction("onAuthDone", resolve));
    await page.goto(addressOf("m.login.terms", session));
    await accept(page);
    await called;
  });

  it("a captcha is solved on its page, where scripts run", async () => {
    const account = { username: "person", password };
    const session = offered(await servers.homeserver.register({ body: account }));
    const page = await open({});
    const refusals: string[] = [];
    page.on("console", (message) => refusals.push(message.text()));
    await page.goto(addressOf(captchaStage, session));
    await page.waitForSelector("[name=g-recaptcha-response]", { state: "attached" });
    await look(page, "en", "captcha");
    await page.click("button");
    await page.waitForSelector("form", { state: "detached" });
    expect(refusals).toEqual([]);
    expect(provider.asked).toEqual([{ secret: provider.options.secret_key, response: "solved" }]);
    await servers.homeserver.orThrow.register({ body: { ...account, auth: { session } } });
  });

  it("a captcha without scripts says what it needs", async () => {
    const session = offered(await servers.homeserver.register({ body: {} }));
    const page = await open({ locale: "en", javaScriptEnabled: false });
    await page.goto(addressOf(captchaStage, session));
    expect(await page.isVisible("noscript")).toBe(true);
    await look(page, "en", "captcha-without-scripts");
  });

  it("a script that got into a page would not run", async () => {
    const session = offered(await servers.homeserver.register({ body: {} }));
    const page = await open({});
    await page.goto(addressOf("m.login.terms", session));
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      return "ran" in window;
    });
    expect(ran).toBe(false);
  });
});
