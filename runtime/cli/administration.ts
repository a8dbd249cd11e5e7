import type * as compose from "../compose.js";
import { type ConfigOptions, chooseConfiguration, defaultFile } from "./configuration.js";
import { messageOf } from "./problem.js";

/**
 * Opens data for one command, beside a running server or without it, and closes it again. The servers' code is loaded
 * only now: help needs none of it.
 */
export const administering = async <Opened extends { close(): void }>(
  options: ConfigOptions,
  open: (from: typeof compose, configuration: compose.Configuration) => Opened,
  work: (opened: Opened, configuration: compose.Configuration) => Promise<void>,
): Promise<void> => {
  const { configuration, builtIn } = chooseConfiguration(options, "data");
  const from = await import("../compose.js");
  const opened = openHere(() => open(from, configuration), builtIn);
  try {
    await work(opened, configuration);
  } catch (error) {
    throw from.StorageError.inWords(error);
  } finally {
    opened.close();
  }
};

/** What cannot be opened may be a server's whose configuration was not named. */
const openHere = <Opened>(open: () => Opened, builtIn: boolean): Opened => {
  try {
    return open();
  } catch (error) {
    if (!builtIn) throw error;
    const settings = `These were the settings for development: --config names no other, and here is no ${defaultFile}`;
    throw new Error(`${messageOf(error).replace(/\.?$/, ".")} ${settings}`, { cause: error });
  }
};
