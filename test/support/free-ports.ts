import { createServer } from "node:net";

/** Below the ports that systems give out by themselves, to whoever else listens or connects meanwhile. */
const [lowest, highest] = [10_000, 30_000];
// Each process begins elsewhere: between looking at a port and listening on it nobody else takes it.
let next = lowest + ((process.pid * 61) % (highest - lowest));

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer()
      .once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

/** Free ports: two servers must know each other's before they start, so 0 will not do for them. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = next;
    next = port + 1 < highest ? port + 1 : lowest;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}
