/** A text-message gateway on loopback: takes what the generic HTTP gateway posts, and can refuse. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SmsGateway {
  readonly url: string;
  /** Bodies as they arrived, oldest first. */
  readonly received: readonly string[];
  /** The status of every answer; 200 unless set. */
  status: number;
  /** The body of every answer; an empty object unless set. */
  answer: string;
  close(): Promise<void>;
}

export const smsGateway = async (): Promise<SmsGateway> => {
  const received: string[] = [];
  let status = 200;
  let answer = "{}";
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (status === 200) received.push(Buffer.concat(chunks).toString("utf8"));
      response.writeHead(status, { "content-type": "application/json" }).end(answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server that listens on an address has an AddressInfo; only pipes have a string.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/messages`,
    received,
    get status() {
      return status;
    },
    set status(value) {
      status = value;
    },
    get answer() {
      return answer;
    },
    set answer(value) {
      answer = value;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

/** The six digits of the newest text. */
export const codeIn = (text: string | undefined): string => {
  const code = text?.match(/(?<!\d)\d{6}(?!\d)/)?.[0];
  if (code === undefined) throw new Error(`no code in: ${text}`);
  return code;
};
