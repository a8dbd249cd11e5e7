/** A server at the other end of a connection, with the face of one in this process. */

import { request } from "node:http";
import type { RawAnswer, RawRequest, Server } from "../../generated/seam/server.js";

/** The headers that any request of these tests may carry: a plain request only tells a header by its name. */
const names = ["authorization", "content-type", "cookie", "x-forwarded-for"];

/** Sends targets and methods as they are; a body goes with its length. */
export const overHttp = (baseUrl: string): Pick<Server, "answer"> => ({
  answer: async (raw: RawRequest): Promise<RawAnswer> => {
    const { hostname, port } = new URL(baseUrl);
    const body = await raw.body(Number.POSITIVE_INFINITY);
    const given = names.flatMap((name) => {
      const value = raw.header(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    return new Promise((resolve, reject) => {
      const options = {
        hostname,
        port,
        method: raw.method,
        path: raw.target,
        headers: { ...Object.fromEntries(given), ...length },
        agent: false,
      };
      const outgoing = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
          const status = response.statusCode ?? 0;
          resolve({ status, headers: Object.fromEntries(headers), body: Buffer.concat(chunks) });
        });
        response.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  },
});
