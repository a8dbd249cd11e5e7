/** Somebody's own table of users, in memory: what a homeserver that has accounts already would put behind the port. */

import type {
  AccountKind,
  AccountStore,
  AccountThreepid,
  Device,
  NewSession,
  NewTokens,
} from "../../runtime/ports/account-store.js";
import type { Threepid } from "../../runtime/protocol/threepid.js";

interface User {
  readonly mxid: string;
  readonly kind: AccountKind;
  passwordHash: string | undefined;
  state: "active" | "locked" | "deactivated";
  readonly devices: Map<string, Device & { readonly usedAt: number }>;
  threepids: AccountThreepid[];
}

interface Token extends NewTokens {
  readonly user: User;
  readonly deviceId: string;
  /** The token that this one was given for, until it is used. */
  replaces: Token | undefined;
  /** The refresh token that this one has replaced. */
  replaced?: string | undefined;
}

const same = (one: Threepid) => (other: Threepid) => one.medium === other.medium && one.address === other.address;

export const accountTable = (): AccountStore => {
  const users = new Map<string, User>();
  let tokens: Token[] = [];

  const living = (mxid: string): User | undefined => {
    const user = users.get(mxid);
    return user?.state === "deactivated" ? undefined : user;
  };
  const end = (goes: (token: Token) => boolean): void => {
    tokens = tokens.filter((token) => !goes(token));
  };
  const give = (user: User, deviceId: string, given: NewTokens, replaces?: Token): void => {
    tokens.push({ ...given, user, deviceId, replaces });
  };
  const use = (user: User, deviceId: string, usedAt: number): void => {
    const device = user.devices.get(deviceId);
    if (device !== undefined) user.devices.set(deviceId, { ...device, usedAt });
  };
  const logIn = (user: User, { deviceId, displayName, tokens: given }: NewSession, at: number): void => {
    if (!user.devices.has(deviceId)) user.devices.set(deviceId, { deviceId, displayName, usedAt: at });
    use(user, deviceId, at);
    end((token) => token.user === user && token.deviceId === deviceId);
    give(user, deviceId, given);
  };
  const logOut = (user: User, goes: (deviceId: string) => boolean): void => {
    for (const deviceId of [...user.devices.keys()].filter(goes)) user.devices.delete(deviceId);
    end((token) => token.user === user && goes(token.deviceId));
  };
  const takeUp = (used: Token): void => {
    if (used.replaces === undefined) return;
    used.replaced = used.replaces.refresh?.hash;
    end((token) => token === used.replaces);
    used.replaces = undefined;
  };
  const logOutLeastUsed = (user: User, but: string, kept: number): void => {
    const others = [...user.devices.values()].filter(({ deviceId }) => deviceId !== but);
    const leaving = others.toSorted((one, other) => other.usedAt - one.usedAt).slice(kept);
    logOut(user, (deviceId) => leaving.some((device) => device.deviceId === deviceId));
  };
  const owner = (threepid: Threepid): User | undefined =>
    [...users.values()].find((user) => user.threepids.some(same(threepid)));

  return {
    create: async ({ mxid, kind, passwordHash, createdAt, session, threepids }) => {
      if (users.has(mxid)) return "mxid-taken";
      if (threepids.some((threepid) => owner(threepid) !== undefined)) return "threepid-taken";
      const user: User = { mxid, kind, passwordHash, state: "active", devices: new Map(), threepids: [...threepids] };
      users.set(mxid, user);
      if (session !== undefined) logIn(user, session, createdAt);
      return "created";
    },
    find: async (mxid) => {
      const user = users.get(mxid);
      if (user === undefined) return undefined;
      return { mxid, kind: user.kind, passwordHash: user.passwordHash, state: user.state };
    },
    setLocked: async (mxid, locked) => {
      const user = living(mxid);
      if (user === undefined) return "gone";
      user.state = locked ? "locked" : "active";
      return "changed";
    },
    deactivate: async (mxid) => {
      const user = living(mxid);
      if (user === undefined) return "gone";
      user.state = "deactivated";
      user.passwordHash = undefined;
      user.threepids = [];
      logOut(user, () => true);
      return "deactivated";
    },
    changePassword: async ({ mxid, passwordHash, keepDevices }) => {
      const user = living(mxid);
      if (user === undefined) return "gone";
      user.passwordHash = passwordHash;
      logOut(user, (deviceId) => keepDevices !== "all" && !keepDevices.includes(deviceId));
      return "changed";
    },
    renewPasswordHash: async (mxid, from, to) => {
      const user = living(mxid);
      if (user?.passwordHash === from) user.passwordHash = to;
    },
    openSession: async ({ mxid, passwordHash, session, at, maxDevices }) => {
      const user = living(mxid);
      if (user === undefined) return "gone";
      if (user.passwordHash !== passwordHash) return "password-changed";
      logIn(user, session, at);
      logOutLeastUsed(user, session.deviceId, maxDevices - 1);
      return "opened";
    },
    useAccessToken: async (accessHash, at) => {
      const token = tokens.find((it) => it.accessHash === accessHash);
      if (token === undefined) return undefined;
      takeUp(token);
      const { user, deviceId, expiresAt } = token;
      if (user.state === "active" && (expiresAt === undefined || expiresAt > at)) use(user, deviceId, at);
      return { mxid: user.mxid, kind: user.kind, deviceId, locked: user.state === "locked", expiresAt };
    },
    refresh: async ({ refreshHash, tokens: given, at }) => {
      const token = tokens.find(({ refresh }) => refresh?.hash === refreshHash);
      if (token?.refresh === undefined) {
        return tokens.some(({ replaced }) => replaced === refreshHash) ? "expired" : "unknown";
      }
      const { expiresAt } = token.refresh;
      if (expiresAt !== undefined && expiresAt <= at) return "expired";
      if (token.user.state === "locked") return "locked";
      takeUp(token);
      use(token.user, token.deviceId, at);
      end(({ replaces }) => replaces === token);
      give(token.user, token.deviceId, given, token);
      return "refreshed";
    },
    devices: async (mxid) =>
      [...(users.get(mxid)?.devices.values() ?? [])].map(({ deviceId, displayName }) => ({ deviceId, displayName })),
    renameDevice: async (mxid, deviceId, displayName) => {
      const devices = users.get(mxid)?.devices;
      const device = devices?.get(deviceId);
      if (devices === undefined || device === undefined) return false;
      devices.set(deviceId, { ...device, displayName });
      return true;
    },
    removeDevices: async (mxid, deviceIds) => {
      const user = users.get(mxid);
      if (user !== undefined) logOut(user, (deviceId) => deviceIds === "all" || deviceIds.includes(deviceId));
    },
    ownerOf: async (threepid) => owner(threepid)?.mxid,
    threepids: async (mxid) => (users.get(mxid)?.threepids ?? []).toSorted((one, other) => one.addedAt - other.addedAt),
    addThreepid: async (mxid, threepid) => {
      const user = living(mxid);
      const has = owner(threepid);
      if (has !== undefined) return has === user ? "present" : "taken";
      if (user === undefined) return "gone";
      user.threepids.push(threepid);
      return "added";
    },
    removeThreepid: async (mxid, threepid) => {
      const user = users.get(mxid);
      if (user !== undefined) user.threepids = user.threepids.filter((it) => !same(threepid)(it));
    },
  };
};
