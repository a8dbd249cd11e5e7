/** A listener for pages that are no part of the protocol. */

import type { RawAnswer, RawRequest } from "../../generated/seam/server.js";
import { httpListener } from "../http/node-listener.js";
import { type Address, type Listener, listening } from "./listener.js";

/** Answers the page at a path. */
export type Pages = (path: string) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}>;

/** How long (ms) a page that is being answered may still take when the listener closes. */
const closeTimeoutMs = 1_000;

/** @param section of the configuration that says where it listens, for people whose port is taken. */
export const pageServer = (section: string, address: Address, pages: Pages): Listener => {
  const answer = async ({ method, target }: RawRequest): Promise<RawAnswer> => {
    if (method !== "GET" && method !== "HEAD") return { status: 405, headers: { allow: "GET, HEAD" } };
    if (!URL.canParse(target, base)) return { status: 400, headers: {} };
    return pages(new URL(target, base).pathname).catch(() => ({ status: 500, headers: {} }));
  };
  return listening(section, address, httpListener({ answer }, { ...address, closeTimeoutMs }));
};

const base = "http://page";
