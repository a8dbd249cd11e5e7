import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MailSink, mailSink } from "../../support/mail-sink.js";
import { closeCouriers, code, courier } from "./smtp-couriers.js";

afterEach(closeCouriers);

describe("mail over SMTP", () => {
  let sink: MailSink;

  beforeEach(async () => {
    sink = await mailSink();
  });
  afterEach(async () => {
    // Open connections would keep the sink waiting.
    await closeCouriers();
    await sink.close();
  });

  it("arrives, in text and HTML, and asks for no automatic answer", async () => {
    await courier(sink.port).send(code("alice@example.org"));
    const { message } = await sink.newest("alice@example.org");
    expect(message.subject).toBe("Your code for Example");
    expect(message.text).toContain("123456");
    expect(message.html).toContain("123456");
    expect(message.from?.value).toEqual([{ address: "noreply@id.example", name: "Example, Inc." }]);
    expect(message.headers.get("auto-submitted")).toBe("auto-generated");
    expect(message.messageId).toMatch(/^<[0-9A-Za-z]{32}@id\.example>$/);
    expect(message.date?.toISOString()).toBe("2026-01-02T03:04:05.000Z");
  });

  it.each(["Alice.B+tag@example.org", "o'brien@example.org", "a=b{c}@example.org"])(
    "goes to exactly %s",
    async (to) => {
      await courier(sink.port).send(code(to));
      expect(sink.received.map(({ recipient }) => recipient)).toEqual([to]);
    },
  );

  it.each(["alice@example.org,eve@evil.example", "Alice <eve@evil.example>", "alice@example.org>,<eve@evil.example"])(
    "never reads %s as somebody else's address",
    async (to) => {
      await courier(sink.port)
        .send(code(to))
        .catch(() => undefined);
      expect(sink.received.map(({ recipient }) => recipient)).not.toContain("eve@evil.example");
    },
  );

  it.each([
    ["δοκιμή@example.org", "δοκιμή@example.org"],
    ["jörg@münchen.example", "jörg@münchen.example"],
    ["joerg@XN--MNCHEN-3YA.example", "joerg@münchen.example"],
    ["joerg@münchen.example", "joerg@münchen.example"],
    // The sink reads the ASCII form of a domain out.
  ])("goes to %s as %s", async (to, recipient) => {
    await courier(sink.port).send(code(to));
    expect(sink.received.map((mail) => mail.recipient)).toEqual([recipient]);
    expect(sink.received[0]?.message.text).toContain("123456");
  });

  it("goes to no address beyond ASCII by a server that does not take it, and to every other", async () => {
    const plain = await mailSink({ hideSMTPUTF8: true });
    try {
      const pooled = courier(plain.port);
      for (const to of ["jörg@example.org", "joerg@münchen.example", "δοκιμή@example.org"]) {
        const sent = await pooled.send(code(to)).catch((thrown: unknown) => thrown);
        if (to.startsWith("joerg")) expect(sent).toBeUndefined();
        else {
          expect(sent).toMatchObject({
            name: "DeliveryError",
            failure: "refused",
            message: `the mail server 127.0.0.1:${plain.port} takes no addresses beyond ASCII (no SMTPUTF8)`,
          });
        }
      }
      expect(plain.received.map((mail) => mail.recipient)).toEqual(["joerg@münchen.example"]);
    } finally {
      await closeCouriers();
      await plain.close();
    }
  });

  it("goes through a pool", async () => {
    const pooled = courier(sink.port);
    await Promise.all(Array.from({ length: 30 }, (_, i) => pooled.send(code(`user${i}@example.org`))));
    expect(sink.received).toHaveLength(30);
  });

  it("is refused by the server: a delivery error that names no address", async () => {
    sink.refuse = true;
    const error = await courier(sink.port)
      .send(code("alice@example.org"))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "DeliveryError", failure: "refused" });
    expect(String(error)).toBe(
      `DeliveryError: the mail server 127.0.0.1:${sink.port} did not take the mail (EENVELOPE, 550)`,
    );
  });

  it.each([
    ["550 5.1.1 no such user", "destination-rejected"],
    ["553-5.1.2 no such host", "destination-rejected"],
    ["550 5.7.1 relaying denied", "refused"],
    ["553 5.1.8 bad sender", "refused"],
    ["450 4.1.1 come back later", "refused"],
    ["550 no such user", "refused"],
  ])("is not tried again where it can never arrive: %s", async (answer, failure) => {
    sink.refusal = answer;
    const error = await courier(sink.port)
      .send(code("alice@example.org"))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "DeliveryError", failure });
    expect(String(error)).not.toContain("alice");
  });

  it("bears one id through all tries of an invite", async () => {
    const invite = {
      purpose: "invite",
      id: "abc",
      to: "a@example.org",
      sender: "@b:example.org",
      space: false,
    } as const;
    for (const _ of [1, 2]) await courier(sink.port).send(invite);
    expect(sink.received.map(({ message }) => message.messageId)).toEqual(["<abc@id.example>", "<abc@id.example>"]);
  });

  it("is called off by its signal", async () => {
    await expect(courier(sink.port).send(code("a@b.c"), AbortSignal.abort())).rejects.toMatchObject({
      failure: "unreachable",
    });
  });

  it("waits in a bounded queue", async () => {
    const sendings = [1, 2, 3].map((i) => ({ i }));
    const bounded = courier(sink.port, { maxUnderway: 2 });
    const results = await Promise.allSettled(sendings.map(({ i }) => bounded.send(code(`user${i}@example.org`))));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    await bounded.send(code("later@example.org"));
  });

  it("CVE-2023-38686: needs STARTTLS where it was asked for: a server that does not offer it gets nothing", async () => {
    await expect(courier(sink.port, { tls: "starttls" }).send(code("a@b.c"))).rejects.toMatchObject({
      name: "DeliveryError",
      message: expect.stringMatching(
        /^the mail server 127\.0\.0\.1:\d+ did not take the mail \(ETLS, \d+\): it does not/,
      ),
    });
    expect(sink.received).toEqual([]);
  });
});
