import type { RandomSource } from "../protocol/tokens.js";

/** Unpredictable bytes: the system's generator in a server, a fixed sequence in a test. */
export type Random = RandomSource;
