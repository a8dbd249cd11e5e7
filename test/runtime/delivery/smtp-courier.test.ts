import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SmtpSettings, smtpCourier } from "../../../runtime/delivery/smtp-courier.js";
import { messageTemplates } from "../../../runtime/delivery/templates.js";
import type { Courier } from "../../../runtime/ports/courier.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { authority } from "../../support/certificates.js";
import { type MailSink, mailSink } from "../../support/mail-sink.js";
import { fakeClock } from "../fakes.js";
import { certificate, privateKey } from "./localhost-certificate.js";

const couriers: Courier[] = [];

const courier = (port: number, overrides: Partial<SmtpSettings> = {}): Courier => {
  const made = smtpCourier(
    { templates: messageTemplates("Example"), clock: fakeClock(), random: systemRandom },
    {
      host: "127.0.0.1",
      port,
      tls: "none",
      sender: { address: "noreply@id.example", name: "Example, Inc." },
      maxConnections: 2,
      timeoutMs: 2000,
      maxUnderway: 100,
      ...overrides,
    },
  );
  couriers.push(made);
  return made;
};

const closeCouriers = async (): Promise<void> => {
  for (const made of couriers.splice(0)) await made.close();
};

afterEach(closeCouriers);

const code = (to: string) => ({ purpose: "email-code", to, code: "123456" }) as const;

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

describe("CVE-2023-38686: certificates of the mail server", () => {
  let server: SMTPServer;
  let received: number;

  const listen = async (secure: boolean, own = { cert: certificate, key: privateKey }): Promise<number> => {
    received = 0;
    server = new SMTPServer({
      authOptional: true,
      secure,
      ...own,
      onData: (stream, _session, done) => {
        received += 1;
        stream.on("end", () => done()).resume();
      },
    });
    server.on("error", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    return (server.server.address() as AddressInfo).port; // a TCP server has an address with a port
  };

  afterEach(async () => {
    await closeCouriers();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it.each(["starttls", "tls"] as const)("are checked with %s", async (tls) => {
    const port = await listen(tls === "tls");
    await courier(port, { tls, host: "localhost", ca: certificate }).send(code("a@b.c"));
    expect(received).toBe(1);
  });

  const trusted = authority();
  const day = 24 * 60 * 60 * 1000;
  const ago = (days: number) => new Date(Date.now() - days * day);

  it.each(["starttls", "tls"] as const)(
    "of an authority of one's own are good for its servers, with %s",
    async (tls) => {
      const port = await listen(tls === "tls", trusted.issue(["localhost", "127.0.0.1"]));
      for (const host of ["localhost", "127.0.0.1"]) {
        await courier(port, { tls, host, ca: trusted.certificate }).send(code("a@b.c"));
      }
      expect(received).toBe(2);
    },
  );

  it.each([
    ["starttls", "another authority's", authority().issue(["localhost"]), "is not one that is trusted here"],
    ["tls", "another authority's", authority().issue(["localhost"]), "is not one that is trusted here"],
    ["starttls", "for another name", trusted.issue(["smtp.example.org"]), "is for another host"],
    ["tls", "an old", trusted.issue(["localhost"], { from: ago(20), until: ago(10) }), "has expired"],
    ["starttls", "an old", trusted.issue(["localhost"], { from: ago(20), until: ago(10) }), "has expired"],
  ] as const)("with %s, %s one stops the mail", async (tls, _, own, why) => {
    const port = await listen(tls === "tls", own);
    const sending = courier(port, { tls, host: "localhost", ca: trusted.certificate }).send(code("a@b.c"));
    await expect(sending).rejects.toMatchObject({
      failure: "unreachable",
      message: expect.stringMatching(
        `^the mail server localhost:${port} could not be used \\(.*\\): its certificate ${why}$`,
      ),
    });
    expect(received).toBe(0);
  });

  it.each([
    ["starttls", "that nobody vouches for", { host: "localhost" }, "not one that is trusted here"],
    ["tls", "that nobody vouches for", { host: "localhost" }, "not one that is trusted here"],
    ["starttls", "for another host", { host: "127.0.0.1", ca: certificate }, "for another host"],
    ["tls", "for another host", { host: "127.0.0.1", ca: certificate }, "for another host"],
  ] as const)("with %s, one %s stops the mail", async (tls, _, settings, why) => {
    const port = await listen(tls === "tls");
    await expect(courier(port, { tls, ...settings }).send(code("a@b.c"))).rejects.toMatchObject({
      name: "DeliveryError",
      message: expect.stringMatching(
        `^the mail server ${settings.host}:${port} could not be used \\([A-Z_]*CERT[A-Z_]*\\): its certificate is ${why}$`,
      ),
    });
    expect(received).toBe(0);
  });
});

describe("a mail server in trouble", () => {
  let server: Server;
  const sockets = new Set<Socket>();

  const listen = async (onSocket: (socket: Socket) => void): Promise<number> => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      onSocket(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port; // a TCP server has an address with a port
  };

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => server.close(resolve));
  });

  it("that never answers costs a bounded time", async () => {
    const port = await listen(() => undefined);
    const started = performance.now();
    await expect(courier(port, { timeoutMs: 200 }).send(code("a@b.c"))).rejects.toMatchObject({
      failure: "unreachable",
    });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  /** Writes without end, a little at a time: no socket is ever idle. */
  const drip = (socket: Socket, text: string): void => {
    const timer = setInterval(() => socket.write(text), 10);
    socket.on("close", () => clearInterval(timer));
  };

  it.each([
    ["its greeting", (socket: Socket) => drip(socket, "220-still here\r\n")],
    ["half a line", (socket: Socket) => drip(socket, "2")],
    [
      "what it can do",
      (socket: Socket) => {
        socket.write("220 hello\r\n");
        socket.once("data", () => drip(socket, "250-ONE MORE\r\n"));
      },
    ],
    [
      "its word on the mail",
      (socket: Socket) => {
        socket.write("220 hello\r\n");
        socket.on("data", (data: Buffer) => {
          const command = data.toString("latin1");
          if (/^(?:EHLO|MAIL|RCPT)/.test(command)) socket.write("250 fine\r\n");
          else if (command.startsWith("DATA")) socket.write("354 go on\r\n");
          else if (command.endsWith("\r\n.\r\n")) drip(socket, "250-nearly\r\n");
        });
      },
    ],
  ])("that drips %s costs a bounded time, again and again", async (_, onSocket) => {
    const port = await listen(onSocket);
    const pooled = courier(port, { timeoutMs: 200, maxConnections: 1, maxUnderway: 2 });
    const started = performance.now();
    for (let round = 0; round < 3; round++) {
      const sendings = [1, 2, 3].map((i) => pooled.send(code(`user${i}@example.org`)));
      for (const { status } of await Promise.allSettled(sendings)) expect(status).toBe("rejected");
    }
    expect(performance.now() - started).toBeLessThan(2500);
  });

  it("that drips to one mail serves the next", async () => {
    let connections = 0;
    const port = await listen((socket) => {
      connections += 1;
      if (connections === 1) return drip(socket, "220-still here\r\n");
      socket.write("220 hello\r\n");
      socket.on("data", (data: Buffer) => {
        const command = data.toString("latin1");
        socket.write(command.startsWith("DATA") ? "354 go on\r\n" : "250 fine\r\n");
      });
    });
    const pooled = courier(port, { timeoutMs: 300, maxConnections: 1 });
    await expect(pooled.send(code("a@b.c"))).rejects.toMatchObject({ failure: "unreachable" });
    await expect.poll(() => pooled.send(code("a@b.c")), { timeout: 3000 }).toBeUndefined();
  });

  it("CVE-2023-38686: that offers STARTTLS and then will not gets nothing, not even who we are", async () => {
    const heard: string[] = [];
    const port = await listen((socket) => {
      socket.write("220 hello\r\n");
      socket.on("data", (data: Buffer) => {
        const command = data.toString("latin1");
        heard.push(command.trim().split(" ")[0] ?? "");
        socket.write(command.startsWith("STARTTLS") ? "454 not now\r\n" : "250-fine\r\n250 STARTTLS\r\n");
      });
    });
    const asked = courier(port, { tls: "starttls", user: "user", password: "secret" });
    await expect(asked.send(code("a@b.c"))).rejects.toMatchObject({ name: "DeliveryError" });
    expect(new Set(heard)).toEqual(new Set(["EHLO", "STARTTLS"]));
  });

  it("that hangs up is a delivery error", async () => {
    const port = await listen((socket) => socket.destroy());
    await expect(courier(port).send(code("a@b.c"))).rejects.toMatchObject({
      failure: "unreachable",
      message: `the mail server 127.0.0.1:${port} could not be used (ECONNECTION): it hung up`,
    });
  });

  it("that speaks no TLS where it should fails by its handshake", async () => {
    const port = await listen((socket) => socket.write("220 hello\r\n"));
    await expect(courier(port, { tls: "tls" }).send(code("a@b.c"))).rejects.toMatchObject({
      failure: "unreachable",
      message: expect.stringMatching(
        `^the mail server 127.0.0.1:${port} could not be used \\(ERR_SSL_[A-Z_]+\\): the TLS handshake failed$`,
      ),
    });
  });

  it("that is not there is said not to be", async () => {
    const port = await listen(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    await expect(courier(port).send(code("a@b.c"))).rejects.toMatchObject({
      failure: "unreachable",
      message: `the mail server 127.0.0.1:${port} could not be used (ECONNREFUSED): nothing listens there`,
    });
  });
});
