import { ConfigurationError } from "../config/problem.js";

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An error as the operator reads it: one line for each thing to mend, without a stack. */
export const explain = (error: unknown): string => {
  // Each of its lines begins with the place.
  if (error instanceof ConfigurationError) return error.message;
  return `threepid: ${messageOf(error)}`;
};
