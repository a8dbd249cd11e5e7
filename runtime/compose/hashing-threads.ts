/** Passwords are hashed in threads that step back for the one that answers: who logs in delays nobody who reads. */

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { DeriveKey } from "../protocol/password.js";

export interface HashingThreads {
  /** How many hashes it makes sense to compute at a time. */
  readonly concurrency: number;
  readonly derive: DeriveKey;
  close(): Promise<void>;
}

/**
 * What a thread runs: as text, so that it is there without a file of its own. Linux knows a priority for each thread,
 * and the lowest gives way to whoever answers, while an idle core hashes at full speed; elsewhere it would be the whole
 * process's.
 */
const program = `
  const { scryptSync } = require("node:crypto");
  const { setPriority } = require("node:os");
  const { parentPort } = require("node:worker_threads");
  if (process.platform === "linux") setPriority(0, 19);
  parentPort.on("message", ({ password, salt, length, options }) => {
    parentPort.postMessage(scryptSync(password, salt, length, options));
  });
`;

/** Each takes 32 MB and more while it hashes. */
const mostThreads = 4;

/** Threads are made when there is work for them; whoever calls bounds how many there are by how much they ask at once. */
export const hashingThreads = (): HashingThreads => {
  const threads = new Set<Worker>();
  const idle: Worker[] = [];

  const begin = (): Worker => {
    const thread = new Worker(program, { eval: true });
    threads.add(thread);
    thread.once("exit", () => threads.delete(thread));
    return thread;
  };

  return {
    concurrency: Math.min(availableParallelism(), mostThreads),
    derive: (password, salt, length, options) =>
      new Promise((resolve, reject) => {
        const thread = idle.pop() ?? begin();
        const failed = (error: unknown): void => reject(error);
        const ended = (): void => reject(new Error("the thread that hashed a password has ended"));
        thread.once("message", (key: Uint8Array) => {
          thread.off("error", failed).off("exit", ended).unref();
          idle.push(thread);
          resolve(key);
        });
        // What failed is not used again: its thread has ended.
        thread.once("error", failed).once("exit", ended).ref();
        thread.postMessage({ password, salt, length, options });
      }),
    close: async () => {
      await Promise.all([...threads].map((thread) => thread.terminate()));
    },
  };
};
