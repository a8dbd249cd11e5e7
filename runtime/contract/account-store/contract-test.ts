import type { AccountStore, NewAccount, NewSession, NewTokens } from "../../ports/account-store.js";

/** Makes a store without any account. Throwing it away again is the caller's business. */
export type MakeStore = () => AccountStore | Promise<AccountStore>;

export interface ContractTest {
  readonly name: string;
  /** Rejects when the store does something else than it must. */
  run(makeStore: MakeStore): Promise<void>;
}

/** A test over a store of its own. */
export const contractTest = (name: string, test: (store: AccountStore) => Promise<void>): ContractTest => ({
  name,
  run: async (makeStore) => test(await makeStore()),
});

export const alice = "@alice:example.org";
export const bob = "@bob:example.org";

/** More than any test needs that is not about them. */
export const maxDevices = 100;

/** Tokens as a store sees them; nobody could present these. */
export const tokens = (name: string, more: Partial<NewTokens> = {}): NewTokens => ({
  accessHash: `access ${name}`,
  expiresAt: undefined,
  refresh: undefined,
  ...more,
});

export const session = (deviceId: string, more: Partial<NewSession> = {}): NewSession => ({
  deviceId,
  displayName: undefined,
  tokens: tokens(deviceId),
  ...more,
});

export const account = (mxid: string, more: Partial<NewAccount> = {}): NewAccount => ({
  mxid,
  kind: "user",
  passwordHash: "hash",
  createdAt: 1,
  session: session("PHONE", { displayName: "A phone", tokens: tokens(mxid) }),
  threepids: [],
  ...more,
});

/** Which of these tokens are good, by the names they were made with. */
export const goodTokens = async (store: AccountStore, ...names: readonly string[]): Promise<readonly string[]> => {
  const good: string[] = [];
  for (const name of names) if ((await store.useAccessToken(`access ${name}`, 5)) !== undefined) good.push(name);
  return good;
};
