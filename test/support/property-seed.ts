/**
 * Property tests draw the same cases in every run, so that a change is judged by what it changed. PROPERTY_SEED=random draws
 * others; a number draws those of a run that failed, which names it.
 */

import fc from "fast-check";

const asked = process.env["PROPERTY_SEED"] ?? "1";
const seed = asked === "random" ? Date.now() : Number(asked);
if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED is "${asked}"; use a whole number, or random`);

fc.configureGlobal({ seed });
