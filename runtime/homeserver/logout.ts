/** Logging out, said and answered alike in every era. Client-Server API, "Logout". */

import type { ClientContext } from "./client-context.js";
import { logged } from "./domain/access.js";
import type { Devices } from "./domain/devices.js";

export const logout = (devices: Pick<Devices, "logOut" | "logOutEverywhere">) => ({
  logout: async (_: unknown, { requester }: ClientContext) => {
    await devices.logOut(logged(requester));
    return { status: 200, body: {} } as const;
  },

  logout_all: async (_: unknown, { requester }: ClientContext) => {
    await devices.logOutEverywhere(logged(requester));
    return { status: 200, body: {} } as const;
  },
});
