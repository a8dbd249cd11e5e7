import { createHmac } from "node:crypto";
import type { InteractiveOperation } from "./stages.js";

/**
 * Digests that bind a request to its interactive session. They are keyed with the session, which the database does
 * not hold, so that nobody can try passwords against them there.
 */
export type BoundParts = ReadonlyMap<string, string>;

const digest = (session: string, name: string, value: string | undefined): string =>
  createHmac("sha256", session)
    .update(JSON.stringify([name, value ?? null]))
    .digest("hex");

/** Who asks alone: it is bound when the session is opened, whoever that is. */
export const callerPart = (session: string, caller: string | undefined): BoundParts =>
  new Map([["caller", digest(session, "caller", caller)]]);

/** Who asks and what was given: a client that only asks for the flows may add the rest later. */
export const givenParts = (session: string, { caller, parts }: InteractiveOperation): BoundParts =>
  new Map([
    ...callerPart(session, caller),
    ...Object.entries(parts).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, digest(session, name, value)]],
    ),
  ]);

/** Everything, absent parts too: with the first stage the request is settled. */
export const allParts = (session: string, { caller, parts }: InteractiveOperation): BoundParts =>
  new Map(
    Object.entries({ caller, ...parts }).map(([name, value]): [string, string] => [name, digest(session, name, value)]),
  );
