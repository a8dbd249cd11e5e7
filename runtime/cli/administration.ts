import type * as compose from "../compose.js";
import { type ConfigOptions, chooseConfiguration } from "./configuration.js";

/**
 * Opens data for one command, beside a running server or without it, and closes it again. The servers' code is loaded
 * only now: help needs none of it.
 */
export const administering = async <Opened extends { close(): void }>(
  options: ConfigOptions,
  open: (from: typeof compose, configuration: compose.Configuration) => Opened,
  work: (opened: Opened, configuration: compose.Configuration) => Promise<void>,
): Promise<void> => {
  const { configuration } = chooseConfiguration(options, "data");
  const opened = open(await import("../compose.js"), configuration);
  try {
    await work(opened, configuration);
  } finally {
    opened.close();
  }
};
