import { Command } from "commander";
import type { Administration } from "../compose.js";
import { administering } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";
import { progressLine } from "./progress.js";

const within = (options: ConfigOptions, work: (administration: Administration) => Promise<void>): Promise<void> =>
  administering(options, (compose, configuration) => compose.administrate(configuration), work);

/** `threepid pepper`: what lookups hash addresses with. */
export const pepperCommand = (): Command => {
  const pepper = new Command("pepper").description("the pepper that lookups hash addresses with");
  pepper
    .command("show")
    .description("the current pepper, and how far a rotation has come")
    .addOption(configOption())
    .action((options: ConfigOptions) =>
      within(options, async (administration) => {
        process.stdout.write(shown(await administration.pepper()));
      }),
    );
  pepper
    .command("rotate")
    .description(
      "hash every association with a new pepper, then refuse the old one; servers may go on answering. When it is cut off, a running server finishes it, or this command again",
    )
    .addOption(configOption())
    .action((options: ConfigOptions) =>
      within(options, async (administration) => {
        const line = progressLine(process.stderr);
        const state = await administration.rotatePepper(({ next }) => {
          if (next !== undefined) line.show("associations hashed", next.hashed);
        });
        line.clear();
        process.stdout.write(shown(state));
      }),
    );
  return pepper;
};

type State = Awaited<ReturnType<Administration["pepper"]>>;

const shown = ({ current, next, sweeping }: State): string => {
  const since = (milliseconds: number) => new Date(milliseconds).toISOString();
  const lines = [`${current.pepper}\tcurrent\tmade ${since(current.createdAt)}`];
  if (next !== undefined) {
    lines.push(`${next.pepper}\tnext\tmade ${since(next.createdAt)}, ${next.hashed} associations hashed`);
  }
  if (sweeping) lines.push("hashes under former peppers are still to be removed");
  return `${lines.join("\n")}\n`;
};
