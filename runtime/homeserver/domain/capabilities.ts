import type { Account } from "../../ports/account-store.js";
import type { HomeserverSettings } from "../settings.js";

const enabled = (it: boolean) => ({ enabled: it }) as const;

/** What an account may do here: an absent capability would be taken for one that is there. */
export const capabilities =
  ({ threepids }: Pick<HomeserverSettings, "threepids">) =>
  ({ kind }: Pick<Account, "kind">) =>
    ({
      // Nothing is attached to a guest.
      "m.change_password": enabled(kind === "user"),
      "m.3pid_changes": enabled(kind === "user" && threepids.changes),
      // There are no profiles, and no tokens to log a further client in with.
      "m.set_displayname": enabled(false),
      "m.set_avatar_url": enabled(false),
      "m.profile_fields": enabled(false),
      "m.get_login_token": enabled(false),
    }) as const;

export type CapabilitiesOf = ReturnType<typeof capabilities>;
