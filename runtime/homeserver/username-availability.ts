/** Whether a user name is free, asked alike in every era. Client-Server API, "Account registration". */

import type { Usernames } from "./domain/usernames.js";

interface Asked {
  readonly query: { readonly username: string };
}

export const usernameAvailability = (usernames: Pick<Usernames, "checkAvailable">) => ({
  checkUsernameAvailability: async ({ query }: Asked) => {
    await usernames.checkAvailable(query.username);
    return { status: 200, body: { available: true } } as const;
  },
});
