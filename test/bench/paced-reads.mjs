// Reads at an even pace from a process of its own, so that nothing else the benchmark does delays the clock. Each counts
// from when it was sent; a server that stalls is sent the next ones all the same. Arguments: URL, reads a second, seconds.
// Prints the milliseconds of each.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const [address, rate, seconds] = process.argv.slice(2);
const { host, hostname, port, pathname } = new URL(address);
const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const reads = Number(rate) * Number(seconds);
const connections = 4;
const took = [];

/** A connection answers in order: each answer belongs to the oldest read that waits. */
async function open() {
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const due = [];
  let rest = "";
  socket.setNoDelay(true).on("data", (chunk) => {
    const text = rest + chunk.toString("latin1");
    const answers = text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    for (const answer of answers) {
      if (!answer.endsWith("200")) throw new Error(`${address} was answered ${answer}`);
      took.push(performance.now() - due.shift());
    }
    // A status line may come in two pieces.
    rest = text.slice(Math.max(text.lastIndexOf("HTTP/1.1 ") + 12, text.length - 11));
  });
  socket.once("close", () => {
    throw new Error(`${address} closed the connection`);
  });
  return (moment) => {
    due.push(moment);
    socket.write(request);
  };
}

const clients = await Promise.all(Array.from({ length: connections }, open));
const begun = performance.now();
for (let read = 0; read < reads; read++) {
  const moment = begun + (read * 1000) / Number(rate);
  const early = moment - performance.now();
  if (early > 0) await wait(early);
  // A timer that fired late is this process's own doing, not the server's.
  clients[read % connections](performance.now());
}
while (took.length < reads) await wait(5);
process.stdout.write(`${JSON.stringify(took)}\n`, () => process.exit());
