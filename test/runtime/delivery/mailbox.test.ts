import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEml } from "../../../runtime/delivery/eml.js";
import { type Mailbox, mailbox } from "../../../runtime/delivery/mailbox.js";
import { mailboxCourier, mailboxSms } from "../../../runtime/delivery/mailbox-courier.js";
import { mailboxPages, pieces } from "../../../runtime/delivery/mailbox-pages.js";
import { messageTemplates } from "../../../runtime/delivery/templates.js";
import type { Courier } from "../../../runtime/ports/courier.js";
import type { SmsGateway } from "../../../runtime/ports/sms.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { type FakeClock, fakeClock } from "../fakes.js";

let folder: string;
let clock: FakeClock;
let box: Mailbox;
let courier: Courier;
let sms: SmsGateway;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "threepid-mailbox-"));
  clock = fakeClock();
  box = mailbox({ clock, random: systemRandom }, { folder: join(folder, "mail"), maxMessages: 5, maxAgeMs: 10_000 });
  const ports = { mailbox: box, templates: messageTemplates("Beispiel – 例"), clock, random: systemRandom };
  courier = mailboxCourier(ports, { address: "noreply@id.example", name: "Beispiel" });
  sms = mailboxSms(ports);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const link = `https://id.example/submitToken?token=${"t".repeat(60)}&client_secret=a.b=c&sid=s`;
const validation = (to: string) => ({ purpose: "email-validation", to, link }) as const;

describe("the development mailbox", () => {
  it("is empty before the first message", async () => {
    expect(await box.list()).toEqual([]);
  });

  it("keeps a mail as a file that any reader understands, and reads it alike", async () => {
    await courier.send(validation("δοκιμή@example.org"));
    const [listed] = await box.list();
    const found = await box.read(listed?.id ?? "");
    const parsed = await simpleParser(found?.eml ?? "");
    expect(found?.message).toEqual(listed);
    expect(listed?.text.trim()).toBe(parsed.text?.trim());
    expect(listed?.html?.trim()).toBe(parsed.html ? parsed.html.trim() : undefined);
    expect(listed?.subject).toBe(parsed.subject);
    expect(listed?.to).toBe("δοκιμή@example.org");
    expect(listed?.date).toBe("2026-01-02T03:04:05.000Z");
    expect(listed?.text).toContain(link);
  });

  it("keeps text messages too", async () => {
    await sms.send({ purpose: "msisdn-validation", to: "447400123456", code: "123456" });
    expect(await box.list()).toMatchObject([
      { to: "+447400123456", subject: "Text message", text: expect.stringContaining("Beispiel – 例 is 123456") },
    ]);
  });

  it("lists the newest first, also within one millisecond, and leaves nothing half written", async () => {
    for (const name of ["a", "b", "c"]) await courier.send(validation(`${name}@example.org`));
    expect((await box.list()).map(({ to }) => to)).toEqual(["c@example.org", "b@example.org", "a@example.org"]);
    expect(readdirSync(join(folder, "mail")).every((name) => name.endsWith(".eml"))).toBe(true);
  });

  it("keeps a bounded number for a bounded time", async () => {
    for (let i = 0; i < 7; i++) await courier.send(validation(`${i}@example.org`));
    expect((await box.list()).map(({ to }) => to[0])).toEqual(["6", "5", "4", "3", "2"]);
    clock.advance(10_001);
    await courier.send(validation("new@example.org"));
    expect(await box.list()).toHaveLength(1);
  });

  it.each(["../secret", "..", "", "x/../../etc/passwd", "20260102T030405678Z-000001-abcdefg/"])(
    "has no message %j",
    async (id) => {
      expect(await box.read(id)).toBeUndefined();
    },
  );

  const unusable = ["/dev/null/mail", "/dev/null", "/proc/none/mail"];
  it.each(unusable)("fails as a delivery when its folder is %s", async (place) => {
    const broken = mailbox({ clock, random: systemRandom }, { folder: place, maxMessages: 5, maxAgeMs: 1 });
    await expect(broken.keep("x")).rejects.toMatchObject({ name: "DeliveryError" });
  });

  it("makes its folder with those above it", async () => {
    const deep = join(folder, "a", "b", "c");
    const made = mailbox({ clock, random: systemRandom }, { folder: deep, maxMessages: 5, maxAgeMs: 1 });
    await Promise.all([made.keep("x"), made.keep("y")]);
    expect(readdirSync(deep)).toHaveLength(2);
  });
});

describe("the mailbox's pages", () => {
  it("list the messages, show one with its links, and hand out the file and the text", async () => {
    await courier.send(validation("alice@example.org"));
    const show = mailboxPages(box, "/mailbox");
    const id = (await box.list())[0]?.id ?? "";

    const list = await show("/");
    expect(list.status).toBe(200);
    expect(list.body).toContain(`<a href="/mailbox/${id}">Confirm your email address for Beispiel – 例</a>`);

    const page = await show(`/${id}`);
    expect(page.body).toContain(
      `<a href="${link.replaceAll("&", "&amp;").replaceAll("=", "&#x3D;")}" rel="noreferrer">`,
    );
    expect(page.headers["Content-Security-Policy"]).toContain("default-src 'none'");

    expect(await show(`/${id}.eml`)).toMatchObject({ status: 200, headers: { "Content-Type": "message/rfc822" } });
    expect((await show(`/${id}.txt`)).body).toContain(link);
    expect((await show("/latest.txt")).body).toContain(link);
  });

  it("run nothing that a message holds", async () => {
    const hostile = "<script>alert(1)</script>";
    await box.keep(
      `From: ${hostile}\r\nTo: ${hostile}\r\nSubject: ${hostile}\r\nDate: ${hostile}\r\n\r\n${hostile}\r\n`,
    );
    const show = mailboxPages(box, "");
    const id = (await box.list())[0]?.id ?? "";
    for (const path of ["/", `/${id}`]) expect((await show(path)).body).not.toContain("<script");
  });

  it("know when there is nothing", async () => {
    const show = mailboxPages(box, "");
    expect((await show("/")).body).toContain("No message has been sent yet.");
    for (const path of ["/latest.txt", "/nothing", "/../x.eml"]) expect((await show(path)).status).toBe(404);
  });

  it("find links in text", () => {
    expect(pieces("see https://a.example/?x=1&y=2\nand <http://b.example>.")).toEqual([
      { text: "see ", link: "" },
      { text: "", link: "https://a.example/?x=1&y=2" },
      { text: "\nand <", link: "" },
      { text: "", link: "http://b.example" },
      { text: ">.", link: "" },
    ]);
  });
});

describe("reading a message", () => {
  it.each([
    ["quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc =E2=80=93 d=", "a=bc – d="],
    ["base64", `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from("ü – x").toString("base64")}`, "ü – x"],
    ["8bit", "Content-Transfer-Encoding: 8bit\r\n\r\nü", "ü"],
    ["nothing", "", ""],
  ])("decodes %s", (_, raw, text) => {
    expect(parseEml(Buffer.from(raw)).text).toBe(text);
  });

  it.each([
    ["=?UTF-8?Q?a_=E2=80=93_b?=", "a – b"],
    ["=?UTF-8?B?w7w=?= =?UTF-8?B?w7w=?=", "üü"],
    ["plain =?UTF-8?Q?=C3?= =?UTF-8?Q?=BC?= end", "plain ü end"],
  ])("decodes the subject %s", (given, want) => {
    expect(parseEml(Buffer.from(`Subject: ${given}\r\n\r\n`)).subject).toBe(want);
  });
});
