// The program under test in a process of its own: an identity server, or a homeserver alone, as operators run it, without
// limits.
// Arguments: configuration file. Prints its base URL.
import { keepHeapSmall, makeRoomForRequests } from "../../dist/runtime/cli/heap.js";

// As the command does: before anything else is loaded, and when it serves.
keepHeapSmall();
const { loadConfiguration } = await import("../../dist/runtime/config/load.js");
const { compose } = await import("../../dist/runtime/compose.js");

const program = await compose(loadConfiguration(process.argv[2]));
const { identity, homeserver } = await program.listen();
makeRoomForRequests();
process.stdout.write(`${identity ?? homeserver}\n`);
process.once("SIGTERM", () => program.close());
