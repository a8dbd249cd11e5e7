// Rotates the pepper as `threepid pepper rotate` does, beside a server. Arguments: configuration file. Prints a line when it
// has begun.
import { administrate } from "../../dist/runtime/compose.js";
import { loadConfiguration } from "../../dist/runtime/config/load.js";

let isTold = false;
await administrate(loadConfiguration(process.argv[2])).rotatePepper(() => {
  if (!isTold) process.stdout.write("begun\n");
  isTold = true;
});
