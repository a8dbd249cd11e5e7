/** A name server on loopback: answers for A, AAAA, SRV and CNAME from what a test puts into it. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface ServiceTarget {
  readonly target: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
}

/** What a name stands for. An address is an A or an AAAA record by its look. */
export interface Records {
  readonly addresses?: readonly string[];
  readonly services?: readonly ServiceTarget[];
  readonly alias?: string;
}

/** Instead of records: a failure of this server, or no answer at all. */
export type Trouble = "fails" | "silent";

export interface DnsServer {
  /** As configurations name it: address and port. */
  readonly address: string;
  /** What was asked, such as `A matrix.test`, oldest first. */
  readonly questions: readonly string[];
  /** What a name stands for from now on, or is asked about at each question; undefined for a name that does not exist. */
  set(name: string, records: Records | Trouble | (() => Records | Trouble) | undefined): void;
  close(): Promise<void>;
}

const types = { A: 1, CNAME: 5, AAAA: 28, SRV: 33 } as const;
type Type = keyof typeof types;
const typeNamed = (code: number): Type | undefined =>
  (["A", "CNAME", "AAAA", "SRV"] as const).find((name) => types[name] === code);

const u16 = (...numbers: number[]): Buffer => Buffer.from(numbers.flatMap((number) => [number >> 8, number & 255]));

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split(".")
      .filter((label) => label !== "")
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")])),
    Buffer.from([0]),
  ]);

/** The question's name, and where it ends. */
const decodeName = (message: Buffer, start: number): { name: string; end: number } => {
  const labels: string[] = [];
  let at = start;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), end: at + 1 };
};

const encodeIpv6 = (address: string): Buffer => {
  const [head = "", tail] = address.split("::");
  const groups = (text = "") => text.split(":").filter((group) => group !== "");
  const before = groups(head);
  const after = groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return u16(...[...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16)));
};

const resource = (name: string, type: Type, data: Buffer): Buffer =>
  // Class IN, 60 seconds to live.
  Buffer.concat([encodeName(name), u16(types[type], 1, 0, 60, data.length), data]);

const answersTo = (name: string, type: Type, { addresses = [], services = [] }: Records): readonly Buffer[] => {
  switch (type) {
    case "A":
      return addresses
        .filter((address) => !address.includes(":"))
        .map((address) => resource(name, type, Buffer.from(address.split(".").map(Number))));
    case "AAAA":
      return addresses
        .filter((address) => address.includes(":"))
        .map((address) => resource(name, type, encodeIpv6(address)));
    case "SRV":
      return services.map(({ target, port, priority = 0, weight = 0 }) =>
        resource(name, type, Buffer.concat([u16(priority, weight, port), encodeName(target)])),
      );
    case "CNAME":
      return [];
  }
};

/** Response codes: no error, server failure, no such name. */
const rcode = { fine: 0, failure: 2, unknown: 3 };

export const dnsServer = async (): Promise<DnsServer> => {
  const names = new Map<string, Records | Trouble | (() => Records | Trouble)>();
  const questions: string[] = [];
  const socket = createSocket("udp4");

  const recordsOf = (name: string): Records | Trouble | undefined => {
    const known = names.get(name.toLowerCase());
    return typeof known === "function" ? known() : known;
  };

  /** An alias is answered together with what it leads to. */
  const answers = (name: string, type: Type, records: Records | Trouble | undefined, steps = 0): readonly Buffer[] => {
    if (records === undefined || typeof records === "string") return [];
    if (records.alias === undefined || steps > 8) return answersTo(name, type, records);
    return [
      resource(name, "CNAME", encodeName(records.alias)),
      ...answers(records.alias, type, recordsOf(records.alias), steps + 1),
    ];
  };

  const reply = (question: Buffer): Buffer | undefined => {
    const { name, end } = decodeName(question, 12);
    const type = typeNamed(question.readUInt16BE(end));
    if (type !== undefined) questions.push(`${type} ${name}`);
    const records = recordsOf(name);
    if (records === "silent") return undefined;
    const found = type === undefined ? [] : answers(name, type, records);
    const code = records === "fails" ? rcode.failure : records === undefined ? rcode.unknown : rcode.fine;
    // An answer, authoritative, to a question that asked for recursion.
    const header = u16(question.readUInt16BE(0), 0x8580 | code, 1, found.length, 0, 0);
    return Buffer.concat([header, question.subarray(12, end + 4), ...found]);
  };

  socket.on("message", (message, { port, address }) => {
    const answer = reply(message);
    if (answer !== undefined) socket.send(answer, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    set: (name, records) => {
      if (records === undefined) names.delete(name.toLowerCase());
      else names.set(name.toLowerCase(), records);
    },
    close: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
};
