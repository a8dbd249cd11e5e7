import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { authority } from "../../support/certificates.js";
import { certificate, privateKey } from "./localhost-certificate.js";
import { closeCouriers, code, courier } from "./smtp-couriers.js";

afterEach(closeCouriers);

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
