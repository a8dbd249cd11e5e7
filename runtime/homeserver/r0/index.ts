/** Every operation of r0's documents, and of this server's own token submission, section by section. */

import { unimplemented } from "../../../generated/client-server/index.js";
import { capabilities } from "../capabilities.js";
import type { HomeserverCommands } from "../commands.js";
import { stagePages } from "../domain/fallback-page.js";
import { fallbackPages } from "../fallback-pages.js";
import { logout } from "../logout.js";
import { openId } from "../openid.js";
import type { HomeserverPorts } from "../ports.js";
import type { HomeserverSettings } from "../settings.js";
import { submitToken } from "../submit-token.js";
import { threepidInvites } from "../threepid-invites.js";
import { usernameAvailability } from "../username-availability.js";
import { versions } from "../versions.js";
import { wellKnown } from "../well-known.js";
import { account } from "./account.js";
import type { ClientHandlers } from "./context.js";
import { login } from "./login.js";
import { registration } from "./registration.js";
import { requestTokens } from "./request-token.js";
import { threepids } from "./threepids.js";

export const r0Handlers = (
  commands: HomeserverCommands,
  ports: Pick<HomeserverPorts, "validation" | "captcha">,
  settings: Pick<HomeserverSettings, "serverName" | "publicBaseUrl" | "wellKnown">,
): ClientHandlers => ({
  ...unimplemented,
  ...versions,
  ...capabilities(commands.capabilitiesOf),
  ...registration({ ...commands, serverName: settings.serverName }),
  ...usernameAvailability(commands.usernames),
  ...login(commands.logins, settings),
  ...logout(commands.devices),
  ...requestTokens(commands.requestToken),
  ...account(commands),
  ...openId(commands.openIdTokens, settings.serverName),
  ...wellKnown(settings),
  ...threepids(commands.threepids),
  ...fallbackPages(commands.fallback, stagePages(ports.validation.pages, ports.captcha)),
  ...(commands.invites && threepidInvites(commands.invites.byAddress)),
  ...submitToken(ports.validation, commands.submitToken),
});
