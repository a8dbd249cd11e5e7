import { protocolError } from "../../protocol/errors.js";
import type { ThreepidSettings } from "../settings.js";
import type { InteractiveAuth } from "./interactive-auth.js";
import type { InteractiveOperation } from "./stages.js";

/**
 * Interactive authentication without the flows that need an address of a medium that is turned off. Throws M_FORBIDDEN
 * when none is left.
 */
export const withMediaTaken = (
  { authorise, askForToken }: InteractiveAuth,
  { email, msisdn }: Pick<ThreepidSettings, "email" | "msisdn">,
): InteractiveAuth => {
  const isOff = (stage: string): boolean =>
    (stage === "m.login.email.identity" && !email.enabled) || (stage === "m.login.msisdn" && !msisdn.enabled);

  const offered = (operation: InteractiveOperation): InteractiveOperation => {
    const flows = operation.flows.filter((stages) => !stages.some(isOff));
    if (flows.length > 0) return { ...operation, flows };
    throw protocolError("M_FORBIDDEN", { error: "There is no way here to authenticate for this." });
  };

  return {
    authorise: async (operation, attempt) => authorise(offered(operation), attempt),
    askForToken: async (operation, authorised) => askForToken(offered(operation), authorised),
  };
};
