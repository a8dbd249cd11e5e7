/** How other servers are reached: what may be connected to, by whose word, and for how long. */

import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import type { Configuration } from "../config/schema.js";
import type { Destinations } from "../federation/destinations.js";
import { type OutgoingFetch, outgoingFetch } from "../federation/outgoing-fetch.js";
import type { Surroundings } from "./surroundings.js";

export interface Reached {
  readonly maxAnswerBytes: number;
  /** Where requests may go; wherever the operator lets strangers choose when absent. */
  readonly destinations?: Destinations;
  /** For the whole exchange; what the operator lets other servers take when absent. */
  readonly timeoutMs?: number;
}

/** @throws Error when the authorities' file cannot be read. */
export const reach = ({ network }: Configuration, around: Surroundings, reached: Reached): OutgoingFetch =>
  outgoingFetch({
    destinations: around.destinations,
    timeoutMs: network.timeout_ms,
    ...reached,
    resolve: around.dns.addresses,
    certificateAuthorities: network.ca_file === undefined ? undefined : authorities(network.ca_file),
    verifyCertificates: network.verify_certificates,
    dial: around.dial,
  });

/** Those that come with node, and the operator's own. */
const authorities = (file: string): readonly string[] => {
  try {
    return [...rootCertificates, readFileSync(file, "utf8")];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`network.ca_file cannot be read (${reason}); it names a file with certificates, as PEM`, {
      cause: error,
    });
  }
};
