// The program under test in a process of its own: an identity server, or a homeserver alone, as operators run it, without
// limits.
// Arguments: configuration file. Prints its base URL.
import { keepHeapSmall } from "../../dist/runtime/cli/heap.js";

// As the command does, before anything else is loaded.
keepHeapSmall();
const { loadConfiguration } = await import("../../dist/runtime/config/load.js");
const { compose } = await import("../../dist/runtime/compose.js");

const program = await compose(loadConfiguration(process.argv[2]));
const { identity, homeserver } = await program.listen();
process.stdout.write(`${identity ?? homeserver}\n`);
process.once("SIGTERM", () => program.close());
