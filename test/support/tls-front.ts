/** Proxies that end TLS in the test network and pass requests on to a server on loopback, as in front of a real one. */
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { settle } from "./settlement.js";
import type { TestNetwork } from "./test-network.js";

/** A request as it passed. */
export interface Passed {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

const noteOf = async (incoming: IncomingMessage): Promise<Passed> => {
  const { method = "", url: target = "", headers } = incoming;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // nobody set an encoding
  return { method, target, authorization: headers.authorization, body: Buffer.concat(chunks).toString("utf8") };
};

/** Hands requests on as they are; paths are not looked at, since signatures cover their very spelling. */
export const passOn =
  (url: string, passed?: Passed[]) =>
  (incoming: IncomingMessage, response: ServerResponse): void => {
    const { hostname, port } = new URL(url);
    const { method, url: path, headers } = incoming;
    if (passed !== undefined) void noteOf(incoming).then((note) => passed.push(note));
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  };

/**
 * A homeserver behind its name, which is found by the well-known file that it serves itself, and by SRV records for the
 * name in there, {@link delegated}.
 */
export const homeserverFront = async (network: TestNetwork, name: string, url: string): Promise<void> => {
  await settle(network, name, "well-known and srv", passOn(url));
};

/** What the well-known file of such a homeserver has to say. */
export const delegated = (name: string): string => `matrix.${name}`;

/** An identity server behind its name, at the usual port of HTTPS. */
export const identityFront = async (network: TestNetwork, name: string, url: string): Promise<void> => {
  const address = await network.listen({ port: 443, certificateFor: [name], respond: passOn(url) });
  network.dns.set(name, { addresses: [address] });
};
