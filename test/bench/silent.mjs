// A server on loopback that takes every connection and never says a word. Prints its port.
import { createServer } from "node:net";

const server = createServer((socket) => socket.on("error", () => socket.destroy()).resume());
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
process.once("SIGTERM", () => process.exit());
