/**
 * Works off a rotation in a thread and over a connection of its own: hashing, writing and waiting for the disk take
 * nothing from the thread that answers. Its data is the database's file; any message ends it.
 */

import { parentPort, workerData } from "node:worker_threads";
import { openSqlite } from "./connection.js";
import { workOffApart } from "./pepper-batches.js";

const connection = openSqlite(String(workerData));
const end = new AbortController();
parentPort?.once("message", () => end.abort());
try {
  await workOffApart(connection, { now: () => Date.now() }, end.signal);
} finally {
  connection.close();
  parentPort?.close();
}
