/** Walks through user-interactive authentication that somebody thought of, each step held against the model. */

import {
  ask,
  attempt,
  type Chosen,
  type Command,
  followLink,
  race,
  requestLink,
  revoke,
  visit,
  wait,
} from "./authentication-commands.js";
import type { Wish } from "./authentication-model.js";
import { password } from "./homeserver.js";

const alice: Wish = { to: "register", username: "alice", password };
const bob: Wish = { to: "register", username: "bob", password };
const reset: Wish = { to: "password", caller: undefined, newPassword: "another password" };

/** What everybody begins with, so that walks need not be long to come somewhere. */
export const prelude: readonly Command[] = [
  ask(alice),
  ask(bob),
  ask({ to: "password", caller: "carol", newPassword: "another password" }),
  ask({ to: "deactivate", caller: "dave" }),
  requestLink("register", "new@example.org"),
  requestLink("register", "new@example.org"),
  requestLink("password", "carol@example.org"),
];

/** Attempts what an honest client would, but for what is said. */
const honest = (session: number, stage: Chosen["stage"], more: Partial<Chosen> = {}): Chosen => ({
  session,
  stage,
  ...{ turn: 0, validation: "fitting", token: "once", user: "fitting", password: "fitting" },
  ...more,
});
const email = "m.login.email.identity";
const token = "m.login.registration_token";
const steps = (...chosen: readonly Chosen[]): readonly Command[] => chosen.map((it) => attempt(undefined, it, 1));

/** Walks that chance seldom takes, after the prelude. Sessions and links are named by their numbers there. */
export const walks: Readonly<Record<string, readonly Command[]>> = {
  "an attempt waits for its link, and the session alone goes on": [
    ...steps(honest(0, email)),
    followLink(0),
    ...steps(honest(0, undefined)),
  ],
  "who showed a token first is not overtaken, until their session is over": [
    visit(honest(0, token)),
    ...steps(honest(1, token)),
    wait(25),
    ask(bob),
    ...steps(honest(4, token)),
  ],
  "a token that is revoked after it was shown is of no use": [
    visit(honest(0, token)),
    revoke("once"),
    ...steps(honest(0, undefined), honest(1, token)),
  ],
  "a link that was sent for a registration resets no password": [
    followLink(0),
    followLink(1),
    ...steps(honest(0, email, { validation: 0 })),
    ask(reset),
    ...steps(honest(4, email, { validation: 1 })),
  ],
  "a link that was sent for a registration makes no second account": [
    followLink(0),
    followLink(1),
    ...steps(honest(0, email, { validation: 0 }), honest(1, email, { validation: 1 })),
  ],
  "a reset that was ready ends with another change of the password": [
    followLink(2),
    ...steps(honest(2, "m.login.password")),
    ask(reset),
    ...steps(honest(4, email, { validation: 2 })),
  ],
  "a token that was revoked is shown no more, and the session ends by another stage": [
    visit(honest(0, token)),
    revoke("once"),
    ...steps(honest(0, undefined)),
    followLink(0),
    ...steps(honest(0, email)),
  ],
  "a password that was shown is not believed once it was set anew, be it to the same": [
    visit(honest(2, "m.login.password")),
    ask({ to: "password", caller: "carol", newPassword: password }),
    ...steps(honest(4, "m.login.password"), honest(2, undefined)),
  ],
  "two sessions on the strength of one address change one password": [
    followLink(2),
    race(honest(2, email, { validation: 2 })),
  ],
};
