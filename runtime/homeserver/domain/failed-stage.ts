import type { FailedStage } from "./stages.js";

/** @param pending whether the same attempt succeeds once the user has opened the mail's link */
export const failedStage = (errcode: string, error: string, pending = false): FailedStage => ({
  outcome: "failed",
  errcode,
  error,
  pending,
});
