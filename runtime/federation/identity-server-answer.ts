import type { IdentityServerAnswer } from "../ports/identity-servers.js";
import { type JsonRecord, recordIn } from "../protocol/record.js";
import { retryAfterMs } from "./retry-after.js";

/** An answer as it came. */
export interface Heard {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** Longer texts of other servers are cut before they are passed on. */
const maxErrorLength = 500;

/** Said by a proxy before a server that is out, mostly; 501 is said by a server that does not know the operation. */
const isOut = (status: number): boolean => status >= 500 && status !== 501;

/**
 * What an answer means. `read` answers undefined for a body that is not what the operation promises. A Matrix error
 * is one only if it has the shape: whatever else a proxy in between may send says nothing about the request. Some
 * errors answer the question: those `readRefusal` knows.
 */
export const judgeAnswer = <Value>(
  { status, body, retryAfter }: Heard,
  read: (body: JsonRecord) => Value | undefined,
  readRefusal?: (body: JsonRecord) => Value | undefined,
): IdentityServerAnswer<Value> => {
  const json = recordIn(body);
  if (status === 200) {
    const value = json === undefined ? undefined : read(json);
    return value === undefined
      ? { outcome: "unreachable", reason: "the answer is not what the operation promises" }
      : { outcome: "answered", value };
  }
  const errcode = json?.["errcode"];
  if (json === undefined || typeof errcode !== "string" || !/^[A-Za-z][A-Za-z0-9_.]{1,254}$/.test(errcode)) {
    return isOut(status)
      ? { outcome: "unreachable", reason: `the answer is ${status}, without a Matrix error` }
      : { outcome: "unsupported", status };
  }
  if (status < 400 || errcode === "M_UNRECOGNIZED") return { outcome: "unsupported", status };
  const value = readRefusal?.(json);
  if (value !== undefined) return { outcome: "answered", value };
  const error = json["error"];
  return {
    outcome: "refused",
    status,
    errcode,
    error: typeof error === "string" ? error.slice(0, maxErrorLength) : "The identity server refused.",
    retryAfterMs: retryAfterMs(retryAfter, json),
  };
};
