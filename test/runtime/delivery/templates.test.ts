import { describe, expect, it } from "vitest";
import { messageTemplates } from "../../../runtime/delivery/templates.js";
import type { InviteMail, Mail } from "../../../runtime/ports/courier.js";
import type { PageContent } from "../../../runtime/ports/pages.js";

const templates = messageTemplates("Example Chat");

const invite = (overrides: Partial<InviteMail> = {}): InviteMail => ({
  purpose: "invite",
  id: "abc",
  to: "bob@example.org",
  sender: "@alice:example.org",
  space: false,
  ...overrides,
});

const hostile = `<script>alert(1)</script>"'\r\nBcc: eve@example.org\r\n--boundary\u202e{{service}}`;

describe("templates", () => {
  const mails: readonly Mail[] = [
    { purpose: "email-validation", to: "a@b.c", link: "https://id.example/submit?token=t&sid=s" },
    { purpose: "email-code", to: "a@b.c", code: "123456" },
    { purpose: "email-validation", to: "a@b.c", link: "https://id.example/submit?token=t&sid=s", resetsPassword: true },
    { purpose: "email-code", to: "a@b.c", code: "123456", resetsPassword: true },
    { purpose: "already-registered", to: "a@b.c" },
    { purpose: "no-account", to: "a@b.c" },
    invite({ senderDisplayName: "Alice", roomName: "Tea", link: "https://app.example/#/room" }),
    invite(),
  ];

  const inLanguages = ["en", "de"].flatMap((language) => mails.map((mail) => ({ ...mail, wording: { language } })));

  it.each(inLanguages)("fill $purpose with no hole left, in $wording.language", (mail) => {
    const { subject, text, html } = templates.mail(mail);
    expect(html).toContain(`<html lang="${mail.wording.language}">`);
    for (const part of [subject, text, html]) {
      expect(part.trim()).not.toBe("");
      expect(part).not.toMatch(/\{\{|undefined|\[object/);
    }
    expect(text + subject).toContain("Example Chat".slice(0, mail.purpose === "invite" ? 0 : undefined));
    expect(html).toMatch(/^<!DOCTYPE html>/);
  });

  it("keep the link whole in text and escape it in HTML", () => {
    const { text, html } = templates.mail({
      purpose: "email-validation",
      to: "a@b.c",
      link: "https://x.example/?a=1&b=2",
    });
    expect(text).toContain("\nhttps://x.example/?a=1&b=2\n");
    expect(html).toContain('href="https://x.example/?a&#x3D;1&amp;b&#x3D;2"');
  });

  it.each(["senderDisplayName", "roomName", "sender"] as const)(
    "let %s control neither headers nor markup",
    (field) => {
      const { subject, text, html } = templates.mail(invite({ [field]: hostile }));
      expect(subject).not.toMatch(/[\r\n\u202e]/);
      expect(html).not.toContain("<script");
      expect(text).not.toMatch(/^Bcc:|^--boundary/m);
      expect(html + text).not.toContain("\u202e");
    },
  );

  it("cut names, and always show the sender's id", () => {
    const { subject, text } = templates.mail(
      invite({ senderDisplayName: "A".repeat(1000), roomName: "R".repeat(1000) }),
    );
    expect([...subject].length).toBeLessThanOrEqual(150);
    expect(text).toContain(`${"A".repeat(59)}…`);
    expect(text).not.toContain("A".repeat(61));
    expect(text).not.toContain("R".repeat(61));
    expect(text).toContain("@alice:example.org");
  });

  it("name the sender by id when the display name is blank", () => {
    expect(templates.mail(invite({ senderDisplayName: " \u200b\n" })).subject).toMatch(/^@alice:example.org invited/);
  });

  it.each([
    ["javascript:alert(1)", false],
    ["https://app.example/", true],
  ])("offer %s as a link: %s", (link, offered) => {
    expect(templates.mail(invite({ link })).html.includes("<a href")).toBe(offered);
  });

  it.each(["email-validation", "email-code"] as const)(
    "say in %s when it lets somebody set a new password",
    (purpose) => {
      const about = { purpose, to: "a@b.c", link: "https://id.example/submit", code: "123456" };
      for (const [resetsPassword, says] of [
        [true, /new password/],
        [false, /use this email address/],
      ] as const) {
        const { text, html } = templates.mail({ ...about, resetsPassword });
        for (const part of [text, html]) expect(part).toMatch(says);
        expect(text).not.toMatch(/\n{3}/);
      }
      expect(templates.sms({ purpose: "msisdn-validation", to: "1", code: "1", resetsPassword: true })).toMatch(
        /password/,
      );
    },
  );

  it("tell rooms from spaces", () => {
    expect(templates.mail(invite({ space: true })).subject).toContain("a space");
    expect(templates.mail(invite()).subject).toContain("a conversation");
  });

  it.each(["en", "de"])("fit a text message into one part, in %s", (language) => {
    const wording = { language };
    const text = templates.sms({ purpose: "msisdn-validation", to: "447400123456", code: "123456", wording });
    expect(text).toContain("123456");
    expect(text).toContain("Example Chat");
    expect(text.length).toBeLessThanOrEqual(160);
    expect(text).not.toContain("\n");
  });

  const pages: readonly PageContent[] = [
    ...(["email", "msisdn"] as const).flatMap((medium): readonly PageContent[] => [
      { page: "confirmed", medium },
      { page: "unopened", medium },
      { page: "refused", medium, reason: "replaced" },
      { page: "refused", medium, reason: "expired" },
      { page: "refused", medium, reason: "unknown" },
    ]),
    { page: "continued", link: "https://app.example/" },
    { page: "busy" },
    { page: "unread" },
  ];

  it("tell every page apart, in every language", () => {
    const made = ["en", "de"].flatMap((language) => pages.map((content) => templates.page(content, { language })));
    expect(new Set(made).size).toBe(2 * pages.length);
    for (const page of made) {
      expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="(en|de)">/);
      expect(page).toMatch(/<h1>[^<>{}]+<\/h1>\n<p>/);
      expect(page).not.toMatch(/\{\{|undefined|\[object|<script/);
      expect(/<title>(.*)<\/title>/.exec(page)?.[1]).toBe(/<h1>(.*)<\/h1>/.exec(page)?.[1]);
    }
  });

  it("let a link on a page be nothing but a link", () => {
    const page = templates.page({ page: "continued", link: `https://app.example/?"><script>alert('1')</script>` }, {});
    expect(page).not.toContain("<script");
    expect(page).toContain('<a href="https://app.example/?&quot;&gt;&lt;script&gt;');
  });
});
