/** Every operation of v3's documents, and of this server's own token submission, section by section. */

import { unimplemented } from "../../../generated/client-server-v3/index.js";
import type { HomeserverCommands } from "../commands.js";
import type { HomeserverPorts } from "../ports.js";
import { versions } from "../r0/versions.js";
import type { HomeserverSettings } from "../settings.js";
import { submitToken } from "../submit-token.js";
import type { ClientHandlers } from "./context.js";

export const v3Handlers = (
  commands: HomeserverCommands,
  ports: Pick<HomeserverPorts, "validation" | "captcha">,
  _settings: Pick<HomeserverSettings, "serverName">,
): ClientHandlers => ({
  ...unimplemented,
  ...versions,
  ...submitToken(ports.validation, commands.submitToken),
});
