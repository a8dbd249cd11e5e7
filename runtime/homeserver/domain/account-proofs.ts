import type { AccountStore } from "../../ports/account-store.js";
import { protocolError } from "../../protocol/errors.js";
import { media } from "../../protocol/threepid.js";
import type { Flows } from "./stages.js";

/**
 * By which stages whoever has an access token of the account proves that the account is theirs, each alone: by its
 * password, or an address on it. Throws M_FORBIDDEN for an account that has neither.
 */
export type AccountProofs = (mxid: string) => Promise<Flows>;

const stageOf = { email: "m.login.email.identity", msisdn: "m.login.msisdn" } as const;

export const accountProofs =
  (accounts: Pick<AccountStore, "find" | "threepids" | "checkPassword">): AccountProofs =>
  async (mxid) => {
    const account = await accounts.find(mxid);
    // A store that checks passwords by itself does not show which accounts have one.
    const hasPassword = account?.passwordHash !== undefined || accounts.checkPassword !== undefined;
    const threepids = await accounts.threepids(mxid);
    const provable = media.filter((medium) => threepids.some((threepid) => threepid.medium === medium));
    const flows: Flows = [
      ...(hasPassword ? [["m.login.password"] as const] : []),
      ...provable.map((medium) => [stageOf[medium]] as const),
    ];
    if (flows.length > 0) return flows;
    throw protocolError("M_FORBIDDEN", {
      error: "This account has neither a password nor an address, so nobody can prove to be its owner.",
    });
  };
