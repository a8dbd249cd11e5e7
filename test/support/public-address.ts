/**
 * An address on loopback under which a server is known before it has a port of its own, as behind a proxy: links in
 * mails and other servers lead to it. It passes bytes on and looks at none.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface PublicAddress {
  /** A base URL, without a slash at the end. */
  readonly url: string;
  /** How often somebody has connected. */
  readonly connections: number;
  /** Which server answers from now on, by its own base URL. */
  leadTo(url: string): void;
  /** Nobody answers from now on, and whoever is connected is cut off. */
  leadNowhere(): void;
  close(): Promise<void>;
}

export const publicAddress = async (): Promise<PublicAddress> => {
  let target: URL | undefined;
  const open = new Set<Socket>();
  let connections = 0;
  const cutOff = (): void => {
    for (const socket of open) socket.destroy();
  };
  const keep = (socket: Socket, other: () => Socket): Socket => {
    open.add(socket);
    // What breaks on one side breaks on the other; which error it was is the caller's to tell.
    return socket.on("error", () => other().destroy()).on("close", () => open.delete(socket) && other().destroy());
  };
  const server = createServer((outside) => {
    connections += 1;
    if (target === undefined) {
      outside.destroy();
      return;
    }
    const inside: Socket = connect(Number(target.port), target.hostname);
    keep(outside, () => inside);
    keep(inside, () => outside);
    outside.pipe(inside).pipe(outside);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server that listens on an address has an AddressInfo; only pipes have a string.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    leadTo: (url) => {
      target = new URL(url);
    },
    leadNowhere: () => {
      target = undefined;
      cutOff();
    },
    close: async () => {
      cutOff();
      server.close();
      await once(server, "close");
    },
  };
};
