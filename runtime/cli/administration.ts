import type { Administration } from "../compose.js";
import { type ConfigOptions, chooseConfiguration } from "./configuration.js";

/** Opens the identity server's data for one command. The servers' code is loaded only now: help needs none of it. */
export const administrationOf = async (options: ConfigOptions): Promise<Administration> => {
  const { configuration } = chooseConfiguration(options);
  const { administrate } = await import("../compose.js");
  return administrate(configuration);
};
