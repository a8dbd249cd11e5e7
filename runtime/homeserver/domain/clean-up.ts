import type { Logger } from "../../ports/logger.js";

/**
 * Does what is left to do after a step that cannot be undone. A failure is told to the operator and not to the client,
 * who would take the whole for failed and try again.
 * @param what names it in the log
 */
export type CleanUp = (what: string, work: () => Promise<void>) => Promise<void>;

export const cleanUp =
  ({ log }: { readonly log: Logger }): CleanUp =>
  async (what, work) => {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error("Something was carried out, and what follows could not be done", { what, reason });
    }
  };
