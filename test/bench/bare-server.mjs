// The yardstick: a bare Fastify that answers every route with the same bytes and headers that threepid answered.
// Reads [{ method, url, status, headers, body }] as JSON from its first argument, prints its base URL.
import Fastify from "fastify";

const answers = JSON.parse(process.argv[2] ?? "[]");
const server = Fastify({ logger: false });
server.removeAllContentTypeParsers();
server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

for (const { method, url, status, headers, body } of answers) {
  server.route({ method, url, handler: (_request, reply) => reply.code(status).headers(headers).send(body) });
}

process.stdout.write(`${await server.listen({ host: "127.0.0.1", port: 0 })}\n`);
process.once("SIGTERM", () => server.close());
