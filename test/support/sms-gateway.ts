/** A text-message gateway on loopback: takes what the generic HTTP gateway sends, and answers as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SmsRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SmsGateway {
  /** Without a path. */
  readonly origin: string;
  readonly url: string;
  /** Bodies that were taken over as they arrived, oldest first. */
  readonly received: readonly string[];
  /** Every request, oldest first. */
  readonly requests: readonly SmsRequest[];
  /** The status of every answer; 200 unless set. */
  status: number;
  /** The body of every answer; an empty object unless set. */
  answer: string;
  /** Answers in place of status and answer, where set. */
  respond: ((response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

export const smsGateway = async (): Promise<SmsGateway> => {
  const received: string[] = [];
  const requests: SmsRequest[] = [];
  const told: Pick<SmsGateway, "status" | "answer" | "respond"> = { status: 200, answer: "{}", respond: undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      requests.push({ method: request.method ?? "", target: request.url ?? "", headers: request.headers, body });
      if (told.status < 300) received.push(body);
      if (told.respond !== undefined) return told.respond(response);
      response.writeHead(told.status, { "content-type": "application/json" }).end(told.answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server that listens on an address has an AddressInfo; only pipes have a string.
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return Object.assign(told, {
    origin,
    url: `${origin}/messages`,
    received,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
};

/** The six digits of the newest text. */
export const codeIn = (text: string | undefined): string => {
  const code = text?.match(/(?<!\d)\d{6}(?!\d)/)?.[0];
  if (code === undefined) throw new Error(`no code in: ${text}`);
  return code;
};
