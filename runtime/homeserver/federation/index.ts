/** Every operation that other servers call, section by section. */

import { unimplemented } from "../../../generated/server-server/index.js";
import type { HomeserverCommands } from "../commands.js";
import type { HomeserverSettings } from "../settings.js";
import type { FederationHandlers } from "./context.js";
import { keyQuery } from "./key-query.js";
import { keys } from "./keys.js";
import { openId } from "./openid.js";
import { wellKnown } from "./well-known.js";

export const federationHandlers = (
  commands: HomeserverCommands,
  settings: Pick<HomeserverSettings, "wellKnown">,
): FederationHandlers => ({
  ...unimplemented,
  ...openId(commands.openIdTokens),
  ...keys(commands.publishedKeys),
  ...keyQuery(commands.notary),
  ...wellKnown(settings.wellKnown),
});
