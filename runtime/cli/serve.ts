import { relative } from "node:path";
import { Command } from "commander";
import type { Urls } from "../compose.js";
import { type ConfigOptions, chooseConfiguration, configOption, tellWarnings } from "./configuration.js";
import { makeRoomForRequests } from "./heap.js";
import { journey } from "./journey.js";

/** `threepid serve`: runs until it is told to stop. */
export const serveCommand = (): Command =>
  new Command("serve")
    .description("run the servers that the configuration names; without one, everything on this machine")
    .addOption(configOption())
    .action(async (options: ConfigOptions) => {
      const { configuration, warnings, builtIn } = chooseConfiguration(options, "serving");
      const { compose } = await import("../compose.js");
      const program = await compose(configuration);
      const stopped = stopSignal();
      try {
        const urls = await program.listen();
        makeRoomForRequests();
        tellWarnings(warnings);
        process.stdout.write(whereItIs(urls, configuration.homeserver?.server_name, builtIn));
        await stopped;
      } finally {
        await program.close();
      }
      process.stdout.write("threepid has stopped.\n");
    });

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once. */
const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const signals = ["SIGINT", "SIGTERM"] as const;
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });

const whereItIs = (urls: Urls, homeserver: string | undefined, builtIn: boolean): string => {
  const places = [
    ["identity server", urls.identity],
    ["internal API", urls.internal],
    ["homeserver", urls.homeserver],
    ["mailbox page", urls.mailbox],
    ["health, metrics", urls.observe],
  ].filter(([, url]) => url !== undefined);
  const lines = places.map(([name, url]) => `  ${`${name}`.padEnd(17)}${url}`);
  if (!builtIn) {
    const note =
      urls.mailbox === undefined ? [] : ["Messages on the mailbox page are for development: nobody else gets them."];
    return ["threepid is running:", ...lines, ...note, ""].join("\n");
  }
  return [
    "threepid is running with development settings; `threepid config` prints a file to begin your own with.",
    ...lines,
    "",
    ...firstSteps(urls, homeserver),
    "Press Ctrl-C to stop.",
    "",
  ].join("\n");
};

/** What to paste into another terminal, started in the same folder. */
const firstSteps = ({ identity, mailbox }: Urls, serverName: string | undefined): readonly string[] => {
  if (identity === undefined || mailbox === undefined || serverName === undefined) return [];
  const command = `node ${relative(process.cwd(), process.argv[1] ?? "") || "."}`;
  return ["Paste this into another terminal, in this folder:", "", journey({ identity, mailbox, serverName, command })];
};
