// A homeserver on loopback that takes every onbind, or, with the argument "hangs", never answers. Prints its port.
import { createServer } from "node:http";

const hangs = process.argv[2] === "hangs";
let told = 0;
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (request.url === "/told") return response.end(`${told}`);
    told += 1;
    if (!hangs) response.setHeader("content-type", "application/json").end("{}");
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
process.once("SIGTERM", () => process.exit());
