/** The devices of an account. Client-Server API v3, "Device management". */

import type { AuthData } from "../../../generated/client-server-v3/index.js";
import type { Device } from "../../ports/account-store.js";
import { authAttempt, authResponse } from "../auth-data.js";
import type { ClientContext } from "../client-context.js";
import { logged } from "../domain/access.js";
import type { Devices } from "../domain/devices.js";
import type { Section } from "./context.js";

type DeviceOperation = "getDevices" | "getDevice" | "updateDevice" | "deleteDevice" | "deleteDevices";

const deviceBody = ({ deviceId, displayName }: Device) => ({
  device_id: deviceId,
  ...(displayName === undefined ? {} : { display_name: displayName }),
});

export const devices = (domain: Devices): Section<DeviceOperation> => {
  const remove = async (
    deviceIds: readonly string[],
    auth: AuthData | undefined,
    { requester, clientIp }: ClientContext,
  ) => {
    const account = logged(requester);
    const result = await domain.remove({
      account,
      deviceIds,
      auth: authAttempt(auth),
      clientIp,
    });
    return result.outcome === "challenged" ? authResponse(result.challenge) : ({ status: 200, body: {} } as const);
  };

  return {
    async getDevices(_, { requester }) {
      return { status: 200, body: { devices: (await domain.list(logged(requester))).map(deviceBody) } };
    },

    async getDevice({ params }, { requester }) {
      return { status: 200, body: deviceBody(await domain.find(logged(requester), params.deviceId)) };
    },

    async updateDevice({ params, body }, { requester }) {
      await domain.rename(logged(requester), params.deviceId, body.display_name);
      return { status: 200, body: {} };
    },

    deleteDevice: ({ params, body }, context) => remove([params.deviceId], body.auth, context),
    deleteDevices: ({ body }, context) => remove(body.devices, body.auth, context),
  };
};
