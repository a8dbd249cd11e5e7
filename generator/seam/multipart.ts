/** Multipart forms as bytes: what stands between two boundaries, and how our own are written. */

/** One part of a form. */
export interface FormPart {
  readonly name: string;
  /** Absent where the part is no file. */
  readonly filename: string | undefined;
  /** As the part names it, in lower case and without parameters; absent where it names none. */
  readonly contentType: string | undefined;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Why bytes are no multipart form, in words. */
export class BrokenForm {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const maxHeadBytes = 8_192;
const cr = 0x0d;

/** The boundary that a `Content-Type` names. */
const boundaryOf = (contentType: string): string | undefined => {
  const found = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;",]{1,70}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
};

/** The parts of a form, in their order. Its end has to be there: a form that was cut off is not read as a shorter one. */
export const readForm = (bytes: Uint8Array<ArrayBuffer>, contentType: string): readonly FormPart[] | BrokenForm => {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return new BrokenForm("its type names no boundary");
  const mark = new TextEncoder().encode(`\r\n--${boundary}`);
  // The first boundary may stand at the very beginning, without a line break before it.
  const first = startsWith(bytes, mark.subarray(2), 0) ? -2 : indexOf(bytes, mark, 0);
  if (first === undefined) return new BrokenForm("its boundary does not occur in it");
  const parts: FormPart[] = [];
  for (let at = first + mark.length; ; ) {
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return parts;
    const start = afterLine(bytes, at);
    const end = start === undefined ? undefined : indexOf(bytes, mark, start - 2);
    if (start === undefined || end === undefined) return new BrokenForm("its end is missing");
    const part = partOf(bytes.subarray(start, Math.max(start, end)));
    if (part instanceof BrokenForm) return part;
    parts.push(part);
    at = end + mark.length;
  }
};

const startsWith = (bytes: Uint8Array, sought: Uint8Array, at: number): boolean =>
  at + sought.length <= bytes.length && sought.every((byte, index) => bytes[at + index] === byte);

const indexOf = (bytes: Uint8Array, sought: Uint8Array, from: number): number | undefined => {
  for (let at = bytes.indexOf(cr, from); at !== -1; at = bytes.indexOf(cr, at + 1)) {
    if (startsWith(bytes, sought, at)) return at;
  }
  return undefined;
};

/** What follows a boundary and its line break, before which there may be blanks. */
const afterLine = (bytes: Uint8Array, from: number): number | undefined => {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  return bytes[at] === cr && bytes[at + 1] === 0x0a ? at + 2 : undefined;
};

const blankLine = Uint8Array.of(cr, 0x0a, cr, 0x0a);

const partOf = (bytes: Uint8Array<ArrayBuffer>): FormPart | BrokenForm => {
  const end = indexOf(bytes.subarray(0, maxHeadBytes), blankLine, 0);
  if (end === undefined) return new BrokenForm("the head of a part does not end");
  const lines = textOf(bytes.subarray(0, end))?.split("\r\n");
  if (lines === undefined) return new BrokenForm("the head of a part is not UTF-8");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(":");
    const name = line.slice(0, Math.max(0, at)).toLowerCase();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || headers.has(name))
      return new BrokenForm("the head of a part is no head");
    headers.set(name, line.slice(at + 1).trim());
  }
  const attributes = attributesOf(headers.get("content-disposition") ?? "");
  const name = attributes?.get("name");
  if (attributes === undefined || name === undefined) return new BrokenForm("a part has no name");
  return {
    name,
    filename: attributes.get("filename"),
    contentType: headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase(),
    content: bytes.slice(end + blankLine.length),
  };
};

/** UTF-8 as text; undefined where it is none. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

/** What `form-data; name="a"; filename="b"` says. Read from its beginning, so that no value passes for an attribute. */
const attributesOf = (disposition: string): ReadonlyMap<string, string> | undefined => {
  const kind = /^form-data\s*/i.exec(disposition);
  if (kind === null) return undefined;
  const attributes = new Map<string, string>();
  const pattern = /;\s*([\w*-]+)=(?:"((?:[^"\\]|\\"|\\(?!"))*)"|([^\s;"]*))\s*/gy;
  pattern.lastIndex = kind[0].length;
  while (pattern.lastIndex < disposition.length) {
    const found = pattern.exec(disposition);
    if (found === null) return undefined;
    const [, name = "", quoted, bare = ""] = found;
    const key = name.toLowerCase();
    if (attributes.has(key)) return undefined;
    attributes.set(key, quoted === undefined ? bare : unquoted(quoted));
  }
  return attributes;
};

const unquoted = (text: string): string =>
  text.replaceAll('\\"', '"').replaceAll(/%(?:22|0D|0A)/gi, (sign) => decodeURIComponent(sign));

/** What ends a quoted name, or its line, as browsers write it. */
const quoted = (text: string): string => `"${text.replaceAll(/\r\n|\r|\n/g, "%0D%0A").replaceAll('"', "%22")}"`;

/** One part as it is to be written; a `Blob` is a file. */
export interface OutgoingPart {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly content: string | Blob;
}

/** A form as one `Blob`: it knows its length and its type, can be sent again, and holds no copy of the files in it. */
export const writeForm = (parts: readonly OutgoingPart[]): Blob => {
  const digits = crypto.getRandomValues(new Uint8Array(18));
  const boundary = `form-${Array.from(digits, (digit) => digit.toString(16).padStart(2, "0")).join("")}`;
  const pieces = parts.flatMap(({ name, contentType, content }) => {
    const filename = content instanceof Blob ? `; filename=${quoted(fileNameOf(content))}` : "";
    const type = contentType === undefined ? "" : `content-type: ${contentType}\r\n`;
    const head = `--${boundary}\r\ncontent-disposition: form-data; name=${quoted(name)}${filename}\r\n${type}\r\n`;
    return [head, content, "\r\n"];
  });
  return new Blob([...pieces, `--${boundary}--\r\n`], { type: `multipart/form-data; boundary=${boundary}` });
};

const fileNameOf = (file: Blob): string => ("name" in file && typeof file.name === "string" ? file.name : "blob");
