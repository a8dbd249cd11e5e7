import { describe, expect, it } from "vitest";
import { openLink } from "../../../runtime/validation/page.js";
import { fakePages } from "../fakes.js";
import { email, setUp } from "./sessions.js";

describe("the page behind the link", () => {
  it("says that it worked, without scripts and without telling other sites", async () => {
    const { requestEmail, submit, link } = setUp();
    await requestEmail(email());
    const page = await openLink({ submit, pages: fakePages }, "email", link(), {});
    expect(page.status).toBe(200);
    expect(page.html).toContain("<h1>Your email address is confirmed</h1>");
    expect(page.html).not.toMatch(/<script|https?:/);
    expect(page.headers["Content-Type"]).toBe("text/html; charset=utf-8");
    expect(page.headers["Referrer-Policy"]).toBe("no-referrer");
    expect(page.headers["Content-Security-Policy"]).toContain("default-src 'none'");
  });

  it.each([
    ["https://app.example/done?a=1#x", "https://app.example/done?a=1&sid=SID#x"],
    ["http://app.example/?sid=mine", "http://app.example/?sid=mine"],
    [
      'https://app.example/"><script>alert(1)</script>',
      "https://app.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E?sid=SID",
    ],
  ])("leads on to %s", async (nextLink, want) => {
    const { requestEmail, submit, link } = setUp();
    const { sid } = await requestEmail(email({ nextLink }));
    const page = await openLink({ submit, pages: fakePages }, "email", link(), {});
    expect(page.status).toBe(302);
    expect(page.headers["Location"]).toBe(want.replace("SID", sid));
    expect(page.html).not.toContain("<script");
  });

  it("follows the newest next_link", async () => {
    const { requestEmail, submit, link } = setUp();
    await requestEmail(email({ nextLink: "https://one.example/" }));
    await requestEmail(email({ nextLink: "https://two.example/", sendAttempt: 2 }));
    const page = await openLink({ submit, pages: fakePages }, "email", link(), {});
    expect(page.headers["Location"]).toMatch(/^https:\/\/two\.example\//);
  });

  it.each([
    ["a wrong token", { token: "<script>alert(1)</script>" }],
    ["a wrong secret", { clientSecret: "<script>alert(1)</script>" }],
    ["an unknown sid", { sid: '"><script>alert(1)</script>' }],
  ])("explains %s and leads nowhere", async (_, overrides) => {
    const { requestEmail, submit, link } = setUp();
    await requestEmail(email({ nextLink: "https://app.example/" }));
    const page = await openLink({ submit, pages: fakePages }, "email", { ...link(), ...overrides }, {});
    expect(page.status).toBe(400);
    expect(page.headers["Location"]).toBeUndefined();
    expect(page.html).toContain("<h1>Your email address was not confirmed</h1>");
    expect(page.html).not.toContain("<script");
  });
});
