/** A request as it is sent: what fetch sends and what a line for a shell says are made of the same bytes. */

export interface Sent {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
}

/** Stands between the parts of forms: the same each time, and in no value that is made here. */
const boundary = "threepid-fuzz-3f1c2a9b7d";

const bytesOf = async (body: BodyInit): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(body).arrayBuffer());

/** A form's boundary is made up anew each time that it is written; here it is always one. */
function withBoundary(bytes: Uint8Array<ArrayBuffer>, contentType: string) {
  const [, drawn] = /boundary="?([^";]+)"?/u.exec(contentType) ?? [];
  if (drawn === undefined) return { bytes, contentType };
  const text = Buffer.from(bytes).toString("latin1").replaceAll(drawn, boundary);
  return { bytes: new Uint8Array(Buffer.from(text, "latin1")), contentType: contentType.replace(drawn, boundary) };
}

/** A call that was written, as bytes. Headers that HTTP cannot carry are left out. */
export async function sentOf(
  method: string,
  { target, headers, body }: { target: string; headers: Readonly<Record<string, string>>; body: BodyInit | undefined },
): Promise<Sent> {
  const named = Object.entries(headers).filter(([, value]) => /^[\x20-\x7e]*$/u.test(value));
  const plain = Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value]));
  if (body === undefined) return { method, target, headers: plain };
  const given = plain["content-type"] ?? (body instanceof FormData ? undefined : "");
  const written = given === undefined ? new Response(body) : undefined;
  const { bytes, contentType } = withBoundary(
    written === undefined ? await bytesOf(body) : new Uint8Array(await written.arrayBuffer()),
    given ?? written?.headers.get("content-type") ?? "",
  );
  const typed = contentType === "" ? plain : { ...plain, "content-type": contentType };
  return { method, target, headers: typed, body: bytes };
}

/** A request with another body. */
export const withBody = (sent: Sent, body: string | Uint8Array<ArrayBuffer>, contentType: string): Sent => ({
  ...sent,
  headers: { ...sent.headers, "content-type": contentType },
  body: typeof body === "string" ? new TextEncoder().encode(body) : body,
});
