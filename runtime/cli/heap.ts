/** What a server's process holds of memory beyond what it uses. */

import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * The engine is made for programs whose data are objects: it keeps tens of megabytes for objects that are born and die
 * with a request, and lets the dead pile up to a multiple of the living. Our data lie in a file. To be called before
 * anything else is loaded.
 */
export const keepHeapSmall = (): void => {
  // The old are looked through when there is a quarter as much again.
  setFlagsFromString("--heap-growing-percent=25");
  if (!areTried) return;
  growYoung(1);
  // Answers of other servers are read by a parser in WebAssembly. To make the best of its code takes 30 MB for a moment
  // and 10 MB from then on, for answers of a few lines.
  setFlagsFromString("--wasm-lazy-compilation");
  setFlagsFromString("--liftoff-only");
};

/**
 * Whoever has begun to serve gets room for the objects of more requests at once, so that fewer of them are under way, and
 * have to be copied, when room is made. It takes a few megabytes; while a program is loaded the same room would fill with
 * what stays.
 */
export const makeRoomForRequests = (): void => {
  if (!areTried) return;
  growYoung(4);
  // It grows in one step, after a collection, and would take the next one, too; and shrinks when there is little to do.
  new PerformanceObserver(() => growYoung(youngBytes() < grownYoungBytes ? 4 : 1)).observe({ entryTypes: ["gc"] });
};

/** The versions of the engine where these options were tried: it promises none of them. */
const areTried = process.versions.v8.startsWith("11.");

const growYoung = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`);

/** Of its two halves, of which one is in use, each begins with one megabyte. */
const grownYoungBytes = 4_000_000;

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? 0;
