#!/usr/bin/env node
/** What `threepid` starts with. The command itself is `cli/program.ts`. */

import { keepHeapSmall } from "./cli/heap.js";

// Before anything else is loaded: what has grown does not shrink.
if (process.argv[2] === "serve") keepHeapSmall();
await import("./cli/program.js");
