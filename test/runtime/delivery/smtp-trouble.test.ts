import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { closeCouriers, code, courier } from "./smtp-couriers.js";

afterEach(closeCouriers);

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
    expect(performance.now() - started).toBeLessThan(20_000);
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
    expect(performance.now() - started).toBeLessThan(20_000);
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
    await expect.poll(() => pooled.send(code("a@b.c")), { timeout: 20_000 }).toBeUndefined();
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
