/** `mock`: serves documents before anything is written for them. */

import { once } from "node:events";
import { stdout } from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { type DocumentFlags, documentOptions, modelsOf } from "../load/chosen.js";
import type { ServiceModel } from "../model/model.js";

interface Flags extends DocumentFlags {
  readonly host: string;
  readonly port: number;
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/u.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a number from 0 to 65535; 0 takes any that is free");
}

function routeLines(models: readonly ServiceModel[], url: string): string {
  const lines = models.flatMap(({ title, operations }) => [
    title,
    ...operations.map(({ method, path }) => `  ${method.padEnd(7)} ${path}`),
  ]);
  return `${[...lines, `Listening on ${url}; Ctrl-C stops it. "Prefer: code=404" asks for another declared status.`].join("\n")}\n`;
}

/** Adds `mock` to a command line. */
export function registerMock(program: Command): void {
  documentOptions(program.command("mock"))
    .description("serve documents: examples, or else the least that their schemas allow")
    .option("--allow-remote", "fetch documents and references that are URLs")
    .option("--host <address>", "where to listen", "127.0.0.1")
    .option("--port <number>", "where to listen; 0 takes any port that is free", portOf, 4010)
    .addHelpText(
      "after",
      "\nThe same request gets the same answer each time. Who asks may send\n" +
        "  Prefer: code=404       another declared status\n" +
        "  Prefer: example=name   the example of this name\n" +
        "  Accept: text/plain     another declared type\n\n" +
        "Requests that break the document are refused; credentials are not asked for.\n\n" +
        "Exit codes: 0 when it was told to end, 1 when the documents cannot be read or the port is taken.",
    )
    .action(async (flags: Flags) => {
      const models = await modelsOf(flags);
      const { listenMock } = await import("./mock.js");
      const listening = await listenMock(models, flags);
      stdout.write(routeLines(models, listening.url));
      await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
      await listening.close();
    });
}
