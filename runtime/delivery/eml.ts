/** Reads the messages that our own courier has written: headers, and the parts in plain text and HTML. */

export interface ParsedMessage {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** As the Date header has it, in ISO form where it can be read. */
  readonly date: string;
  readonly text: string;
  readonly html: string | undefined;
}

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const decodeQuotedPrintable = (text: string, spaceAsUnderscore = false): Buffer => {
  const joined = text.replace(/=\r?\n/g, "");
  const spaced = spaceAsUnderscore ? joined.replace(/_/g, " ") : joined;
  const bytes: number[] = [];
  for (let i = 0; i < spaced.length; i++) {
    const hex = spaced[i] === "=" ? /^[0-9A-Fa-f]{2}/.exec(spaced.slice(i + 1, i + 3)) : null;
    if (hex === null) {
      bytes.push(spaced.charCodeAt(i));
    } else {
      bytes.push(Number.parseInt(hex[0], 16));
      i += 2;
    }
  }
  return Buffer.from(bytes);
};

/** Encoded words (`=?UTF-8?Q?…?=`) of a header; white space between two of them is not part of the text. */
const decodeWords = (text: string): string => {
  const joined = text.replace(/(\?=)\s+(?==\?[^?]+\?[BbQq]\?)/g, "$1");
  // One character may be cut in two by neighbouring words, so neighbours are decoded together.
  return joined.replace(/(?:=\?[^?]+\?[BbQq]\?[^?]*\?=)+/g, (run) =>
    Buffer.concat(
      [...run.matchAll(/=\?[^?]+\?([BbQq])\?([^?]*)\?=/g)].map(([, encoding = "", word = ""]) =>
        encoding.toUpperCase() === "B" ? Buffer.from(word, "base64") : decodeQuotedPrintable(word, true),
      ),
    ).toString("utf8"),
  );
};

const parsePart = (raw: string): Part => {
  const end = /\r?\n\r?\n/.exec(raw);
  const head = end === null ? raw : raw.slice(0, end.index);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body: end === null ? "" : raw.slice(end.index + end[0].length) };
};

const decodeBody = ({ headers, body }: Part): string => {
  switch (headers.get("content-transfer-encoding")?.toLowerCase()) {
    case "base64":
      return Buffer.from(body, "base64").toString("utf8");
    case "quoted-printable":
      return decodeQuotedPrintable(body).toString("utf8");
    default:
      return Buffer.from(body, "latin1").toString("utf8");
  }
};

/** The leaves of a message, whatever multiparts lie around them. */
const leaves = (part: Part, depth = 0): readonly Part[] => {
  const type = part.headers.get("content-type") ?? "text/plain";
  const boundary = /^multipart\//i.test(type) ? /boundary="?([^";]+)"?/i.exec(type)?.[1] : undefined;
  if (boundary === undefined || depth > 5) return [part];
  return part.body
    .split(`--${boundary}`)
    .slice(1, -1)
    .flatMap((raw) => leaves(parsePart(raw.replace(/^\r?\n/, "").replace(/\r?\n$/, "")), depth + 1));
};

const isoDate = (text: string): string => {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString();
};

/** Reads a message. What it does not hold is empty. */
export const parseEml = (bytes: Buffer): ParsedMessage => {
  const message = parsePart(bytes.toString("latin1"));
  const parts = leaves(message);
  const find = (type: string) =>
    parts.find((part) => (part.headers.get("content-type") ?? "text/plain").toLowerCase().startsWith(type));
  const header = (name: string) => decodeWords(Buffer.from(message.headers.get(name) ?? "", "latin1").toString("utf8"));
  const text = find("text/plain");
  const html = find("text/html");
  return {
    from: header("from"),
    to: header("to"),
    subject: header("subject"),
    date: isoDate(header("date")),
    text: text === undefined ? "" : decodeBody(text).replace(/\r\n/g, "\n"),
    html: html === undefined ? undefined : decodeBody(html).replace(/\r\n/g, "\n"),
  };
};
