/** Every operation of v3's documents, and of this server's own token submission, section by section. */

import { unimplemented } from "../../../generated/client-server-v3/index.js";
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
import { accountDeactivation } from "./account-deactivation.js";
import type { ClientHandlers } from "./context.js";
import { devices } from "./devices.js";
import { login } from "./login.js";
import { passwordManagement } from "./password-management.js";
import { registration } from "./registration.js";
import { registrationTokens } from "./registration-tokens.js";
import { requestTokens } from "./request-token.js";
import { support } from "./support.js";
import { threepids } from "./threepids.js";

export const v3Handlers = (
  commands: HomeserverCommands,
  ports: Pick<HomeserverPorts, "validation" | "captcha">,
  settings: Pick<HomeserverSettings, "serverName" | "publicBaseUrl" | "wellKnown">,
): ClientHandlers => ({
  ...unimplemented,
  ...versions,
  ...openId(commands.openIdTokens, settings.serverName),
  ...wellKnown(settings),
  ...support(settings.wellKnown),
  ...capabilities(commands.capabilitiesOf),
  ...requestTokens(commands.requestToken),
  ...threepids(commands.threepids),
  ...(commands.invites && threepidInvites(commands.invites.byAddress)),
  ...registration({ ...commands, serverName: settings.serverName }),
  ...usernameAvailability(commands.usernames),
  ...passwordManagement(commands.passwordChanges),
  ...accountDeactivation(commands.deactivations),
  ...registrationTokens(commands.invitedRegistrations),
  ...fallbackPages(commands.fallback, stagePages(ports.validation.pages, ports.captcha)),
  ...login(commands, settings),
  ...logout(commands.devices),
  ...devices(commands.devices),
  ...submitToken(ports.validation, commands.submitToken),
});
