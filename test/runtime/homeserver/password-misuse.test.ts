import fc from "fast-check";
import { expect, it } from "vitest";
import type { AuthData } from "../../../generated/client-server/index.js";
import { addEmail, type Homeserver, homeserver, password, registerUser, validatedEmail } from "./homeserver.js";

const users = ["alice", "bob"] as const;
type User = (typeof users)[number];

const addressOf = (user: User): string => `${user}@example.org`;
const mxidOf = (user: User): string => `@${user}:example.org`;

const attempt = fc.record({
  caller: fc.constantFrom(undefined, ...users),
  /** Whose password or address is shown; a wrong one proves nothing. */
  shows: fc.constantFrom("password", "wrong password", "address", "unvalidated address", "session alone"),
  of: fc.constantFrom(...users),
  named: fc.constantFrom(undefined, ...users),
  /** The same session may be tried with another new password, or by somebody else. */
  session: fc.option(fc.nat(2), { nil: undefined }),
  newPassword: fc.constantFrom("new password 1", "new password 2"),
  /** Validates a session for a reset first, instead of showing the last one again. */
  validates: fc.boolean(),
});

const credentialsFor = async (server: Homeserver, user: User, number: number, validated: boolean) => {
  const client_secret = `secret.${user}.${number}.${validated}`;
  if (validated) return validatedEmail(server, "ResetPassword", addressOf(user), client_secret);
  const body = { email: addressOf(user), client_secret, send_attempt: 1 };
  return { sid: (await server.client.orThrow.requestTokenToResetPasswordEmail({ body })).sid, client_secret };
};

it("a password changes only for whoever proved the account in that very session, and proves it once", async () => {
  let changes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { minLength: 3, maxLength: 12 }), async (attempts) => {
      const server = homeserver();
      const tokens = new Map<User, string>();
      const passwords = new Map<User, string>(users.map((user) => [user, password]));
      for (const user of users) {
        const { accessToken } = await registerUser(server, user);
        tokens.set(user, accessToken);
        await addEmail(server, accessToken, addressOf(user));
      }
      const sessions: string[] = [];
      const shown = new Map<User, { readonly creds: { sid: string; client_secret: string }; spent: boolean }>();
      const hashes = () =>
        Promise.all(users.map(async (user) => (await server.accounts.find(mxidOf(user)))?.passwordHash));

      for (const [number, { caller, shows, of, named, session, newPassword, validates }] of attempts.entries()) {
        if (shows === "address" && (validates || !shown.has(of))) {
          shown.set(of, { creds: await credentialsFor(server, of, number, true), spent: false });
        }
        const given =
          session === undefined ? undefined : (sessions[session % Math.max(1, sessions.length)] ?? "unknown");
        const auth: AuthData = {
          ...(given === undefined ? {} : { session: given }),
          ...(shows === "session alone" ? { session: given ?? "unknown" } : {}),
          ...(named === undefined ? {} : { identifier: { type: "m.id.user", user: named } }),
          ...(shows === "password" ? { type: "m.login.password", password: passwords.get(of) ?? "" } : {}),
          ...(shows === "wrong password" ? { type: "m.login.password", password: "not the password" } : {}),
        };
        const creds =
          shows === "address"
            ? shown.get(of)?.creds
            : shows === "unvalidated address"
              ? await credentialsFor(server, of, number, false)
              : undefined;
        if (creds !== undefined) Object.assign(auth, { type: "m.login.email.identity", threepid_creds: creds });

        const before = await hashes();
        const options = caller === undefined ? {} : { accessToken: tokens.get(caller) ?? "" };
        const answer = await server.client.changePassword({ body: { new_password: newPassword, auth } }, options);
        const changed = (await hashes()).flatMap((hash, index) => (hash === before[index] ? [] : [users[index]]));
        if (answer.status === 401 && "session" in answer.body && typeof answer.body.session === "string") {
          sessions.push(answer.body.session);
        }
        expect(changed.length).toBe(answer.status === 200 ? 1 : 0);
        if (changed.length === 0) continue;

        changes += 1;
        const [victim] = changed;
        if (caller !== undefined) expect(victim).toBe(caller);
        if (shows === "password") {
          // Both have the same password at first; then it must be the account's own.
          expect([caller, passwords.get(of)]).toEqual([victim, passwords.get(victim ?? "alice")]);
        } else {
          expect([shows, victim, shown.get(of)?.spent]).toEqual(["address", of, false]);
        }
        const proof = shown.get(of);
        if (shows === "address" && proof !== undefined) proof.spent = true;
        if (victim !== undefined) passwords.set(victim, newPassword);
        // The others' tokens are gone, so everybody starts again with one that still holds.
        for (const user of users) {
          const token = tokens.get(user) ?? "";
          const known = await server.client.getTokenOwner({}, { accessToken: token });
          expect(known.status).toBe(user === victim && caller === undefined ? 401 : 200);
        }
        if (victim !== undefined && caller === undefined) break;
      }
      server.close();
    }),
    {
      numRuns: 50,
      examples: [
        [
          [
            {
              caller: undefined,
              shows: "address",
              of: "bob",
              named: "alice",
              session: undefined,
              newPassword: "new password 1",
              validates: true,
            },
          ],
        ],
        [
          [
            {
              caller: "alice",
              shows: "password",
              of: "alice",
              named: undefined,
              session: undefined,
              newPassword: "new password 2",
              validates: false,
            },
          ],
        ],
      ],
    },
  );
  expect(changes).toBeGreaterThanOrEqual(2);
});
