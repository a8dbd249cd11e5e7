/** Runs the built `threepid` command in a folder of its own, as operators do. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const builtCommand = fileURLToPath(new URL("../../dist/runtime/cli.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves to everything printed so far, once it fits. Rejects when the command ends before. */
  printed(pattern: RegExp): Promise<string>;
  /** Resolves once the command has ended. */
  readonly finished: Promise<Finished>;
}

export interface Folder {
  readonly path: string;
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Running;
  remove(): void;
}

const forgetful = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(THREEPID_|NODE_OPTIONS|VITEST)/.test(name)));

export const commandFolder = (command: string = builtCommand): Folder => {
  if (!existsSync(command)) throw new Error(`${command} is missing: run "npm run build" first`);
  const path = mkdtempSync(join(tmpdir(), "threepid-command-"));
  return {
    path,
    run: (args, environment = {}) => {
      const child = spawn(process.execPath, [command, ...args], { cwd: path, env: { ...forgetful(), ...environment } });
      let out = "";
      let err = "";
      const look = new Set<() => void>();
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        for (const check of look) check();
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      const finished = once(child, "close").then(([code]): Finished => ({ code, out, err }));
      return {
        child,
        finished,
        printed: (pattern) =>
          new Promise((resolve, reject) => {
            const check = () => {
              if (pattern.test(out)) resolve(out);
            };
            look.add(check);
            check();
            void finished.then(() => reject(new Error(`the command ended without printing ${pattern}: ${out}${err}`)));
          }),
      };
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
};
