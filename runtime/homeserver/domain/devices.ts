import type { Account, AccountStore, Device } from "../../ports/account-store.js";
import { protocolError } from "../../protocol/errors.js";
import { provedAccount } from "./account-owner.js";
import type { AccountProofs } from "./account-proofs.js";
import type { Challenged, InteractiveAuth } from "./interactive-auth.js";
import { plainLine } from "./plain-line.js";
import type { SingleUse } from "./single-use.js";
import type { AuthAttempt } from "./stages.js";

export interface DeviceRemoval {
  readonly account: Account;
  /** Those that are not there are no error. */
  readonly deviceIds: readonly string[];
  readonly auth: AuthAttempt | undefined;
  readonly clientIp: string;
}

/** The devices of accounts. A device that is logged out is gone. */
export interface Devices {
  list(account: Account): Promise<readonly Device[]>;
  /** Throws M_NOT_FOUND. */
  find(account: Account, deviceId: string): Promise<Device>;
  /** Leaves the name as it is where there is none. Throws M_NOT_FOUND, M_INVALID_PARAM. */
  rename(account: Account, deviceId: string, displayName: string | undefined): Promise<void>;
  /** After interactive authentication: whoever got hold of one token ends no others. Throws M_FORBIDDEN, M_LIMIT_EXCEEDED. */
  remove(removal: DeviceRemoval): Promise<{ readonly outcome: "removed" } | Challenged>;
  logOut(account: Account): Promise<void>;
  logOutEverywhere(account: Account): Promise<void>;
}

interface DevicePorts {
  readonly accounts: AccountStore;
  readonly accountProofs: AccountProofs;
  readonly interactiveAuth: InteractiveAuth;
  readonly singleUse: SingleUse;
}

const notFound = () => protocolError("M_NOT_FOUND", { error: "You have no device of this id." });

export const devices = ({ accounts, accountProofs, interactiveAuth, singleUse }: DevicePorts): Devices => {
  const find = async ({ mxid }: Account, deviceId: string): Promise<Device> => {
    const device = (await accounts.devices(mxid)).find((it) => it.deviceId === deviceId);
    if (device === undefined) throw notFound();
    return device;
  };

  return {
    list: ({ mxid }) => accounts.devices(mxid),
    find,
    async rename(account, deviceId, displayName) {
      if (displayName === undefined) await find(account, deviceId);
      else if (!(await accounts.renameDevice(account.mxid, deviceId, plainLine("display_name", displayName))))
        throw notFound();
    },
    async remove({ account, deviceIds, auth, clientIp }) {
      const parts = { deviceIds: JSON.stringify(deviceIds.toSorted()) };
      const flows = await accountProofs(account.mxid);
      const operation = { name: "remove devices", flows, caller: account.mxid, parts, clientIp } as const;
      const authorisation = await interactiveAuth.authorise(operation, auth);
      if (authorisation.outcome === "challenged") return authorisation;
      const mxid = await provedAccount(accounts, account, authorisation);
      await singleUse(authorisation, () => accounts.removeDevices(mxid, deviceIds));
      return { outcome: "removed" };
    },
    logOut: ({ mxid, deviceId }) => accounts.removeDevices(mxid, [deviceId]),
    logOutEverywhere: ({ mxid }) => accounts.removeDevices(mxid, "all"),
  };
};
