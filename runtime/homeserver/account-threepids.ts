/** The threepids of an account, and taking one away from it, as every era has them. */

import { missingParam } from "../protocol/errors.js";
import type { Medium } from "../protocol/threepid.js";
import type { ClientContext } from "./client-context.js";
import { logged } from "./domain/access.js";
import type { ThreepidCredentials } from "./domain/threepid-proof.js";
import type { ThreepidRemoval, Threepids } from "./domain/threepids.js";
import { type ThreepidCreds, threepidCredentials } from "./threepid-creds.js";

interface AdditionBody {
  readonly three_pid_creds?: ThreepidCreds | undefined;
  readonly threePidCreds?: ThreepidCreds | undefined;
}

/** In either of the spellings that clients use. Throws M_MISSING_PARAM. */
export const credentialsOf = ({ three_pid_creds, threePidCreds }: AdditionBody): ThreepidCredentials => {
  const creds = three_pid_creds ?? threePidCreds;
  if (creds === undefined) throw missingParam("three_pid_creds");
  return threepidCredentials(creds);
};

interface RemovalBody {
  readonly medium: Medium;
  readonly address: string;
  readonly id_server?: string | undefined;
}

export const removalOf = ({ medium, address, id_server: idServer }: RemovalBody): ThreepidRemoval => ({
  medium,
  address,
  idServer,
});

export const accountThreepids = (domain: Pick<Threepids, "list" | "remove">) => ({
  getAccount3PIDs: async (_: unknown, { requester }: ClientContext) => {
    const list = await domain.list(logged(requester));
    const threepids = list.map(({ medium, address, validatedAt, addedAt }) => ({
      medium,
      address,
      validated_at: validatedAt,
      added_at: addedAt,
    }));
    return { status: 200, body: { threepids } } as const;
  },

  delete3pidFromAccount: async ({ body }: { readonly body: RemovalBody }, { requester }: ClientContext) => {
    const unbindResult = await domain.remove(logged(requester), removalOf(body));
    return { status: 200, body: { id_server_unbind_result: unbindResult } } as const;
  },
});
