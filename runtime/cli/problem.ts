import { ConfigurationError } from "../config/problem.js";

/** An error as the operator reads it: one line for each thing to mend, without a stack. */
export const explain = (error: unknown): string => {
  // Each of its lines begins with the place.
  if (error instanceof ConfigurationError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `threepid: ${message}`;
};
