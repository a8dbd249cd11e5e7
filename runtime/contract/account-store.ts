/**
 * What every account store has to do, as tests for whoever implements one, in any test runner:
 *
 *     for (const { name, run } of accountStoreContract) it(name, () => run(makeStore));
 *
 * A test throws an AssertionError of node:assert where the store does something else.
 */

import { accounts } from "./account-store/accounts.js";
import { boundedDevices } from "./account-store/bounded-devices.js";
import type { ContractTest } from "./account-store/contract-test.js";
import { devices } from "./account-store/devices.js";
import { refreshing } from "./account-store/refreshing.js";
import { threepids } from "./account-store/threepids.js";

export type { ContractTest, MakeStore } from "./account-store/contract-test.js";

export const accountStoreContract: readonly ContractTest[] = [
  ...accounts,
  ...devices,
  ...boundedDevices,
  ...refreshing,
  ...threepids,
];
