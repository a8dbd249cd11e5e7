// The program under test in a process of its own: an identity server, or a homeserver alone, as operators run it, without
// limits.
// Arguments: configuration file. Prints its base URL.
import { compose } from "../../dist/runtime/compose.js";
import { loadConfiguration } from "../../dist/runtime/config/load.js";

const program = await compose(loadConfiguration(process.argv[2]));
const { identity, homeserver } = await program.listen();
process.stdout.write(`${identity ?? homeserver}\n`);
process.once("SIGTERM", () => program.close());
