/** Requests in any order, each held against the model: what fast-check shrinks to when a promise breaks. */

import fc from "fast-check";
import { expect } from "vitest";
import type { AuthData } from "../../../generated/client-server/index.js";
import { authDoneScript } from "../../../runtime/protocol/auth-done.js";
import {
  type Expected,
  hour,
  type Model,
  type ModelSession,
  type ModelValidation,
  mxidOf,
  type Owner,
  owners,
  type Shown,
  type StageName,
  stages,
  type Wish,
} from "./authentication-model.js";
import { baseUrl, type Homeserver, mailedLink, password } from "./homeserver.js";

export interface Real {
  readonly server: Homeserver;
  readonly accessTokens: ReadonlyMap<Owner, string>;
  /** How often each was carried out, over all runs: what never happens proves nothing. */
  readonly carriedOut: Map<string, number>;
}

export type Command = fc.AsyncCommand<Model, Real>;

const send = async ({ server, accessTokens }: Real, wish: Wish, auth: AuthData | undefined) => {
  const given = auth === undefined ? {} : { auth };
  if (wish.to === "register") {
    const named = wish.username === undefined ? {} : { username: wish.username };
    return server.client.register({ body: { ...named, password: wish.password, ...given } });
  }
  const accessToken = wish.caller === undefined ? undefined : accessTokens.get(wish.caller);
  const options = accessToken === undefined ? {} : { accessToken };
  return wish.to === "password"
    ? server.client.changePassword({ body: { new_password: wish.newPassword, ...given } }, options)
    : server.client.deactivateAccount({ body: given }, options);
};

type Answer = Awaited<ReturnType<typeof send>>;

const challengeIn = ({ status, body }: Answer) =>
  status === 401 && "flows" in body ? { session: body.session ?? "", completed: body.completed ?? [] } : undefined;

/** Asks without `auth`, and is offered a session. */
export const ask = (wish: Wish): Command => ({
  check: () => true,
  async run(model, real) {
    const answer = await send(real, wish, undefined);
    const refusal = model.refusal(wish);
    if (refusal !== undefined) expect(answer).toMatchObject(refused(refusal));
    else model.open(wish, challengeIn(answer)?.session ?? expect.fail(`${answer.status}`));
  },
  toString: () => `ask ${JSON.stringify(wish)}`,
});

const refused = ({ status, errcode }: Extract<Expected, { readonly outcome: "refused" }>) => ({
  status,
  body: { errcode },
});

const judge = (wish: Wish, model: Model, expected: Expected, answer: Answer): void => {
  const offered = challengeIn(answer);
  switch (expected.outcome) {
    case "carried-out":
      expect(answer.status).toBe(200);
      break;
    case "refused":
      expect(answer).toMatchObject(refused(expected));
      break;
    case "asked":
      expect(offered).toEqual({ session: expected.session.name, completed: expected.completed });
      break;
    case "foreign":
      expect(offered).toMatchObject({ completed: [] });
      expect(model.sessions.map(({ name }) => name)).not.toContain(offered?.session);
      if (offered !== undefined) model.open(wish, offered.session);
  }
};

/** Which of the things that there are; the numbers wrap around. What is `fitting` is what an honest client would show. */
export interface Chosen {
  readonly session: number;
  /** Which of the stages that may follow. */
  readonly turn: number;
  readonly stage: StageName | "fitting" | undefined;
  readonly validation: number | "fitting";
  readonly token: string;
  readonly user: Owner | "fitting";
  readonly password: string | "fitting";
}

const at = <Item>(items: readonly Item[], index: number): Item | undefined => items[index % Math.max(1, items.length)];

const isStage = (text: string | undefined): text is StageName => stages.some((stage) => stage === text);

const stageOf = (model: Model, session: ModelSession, { stage, turn }: Chosen): StageName | undefined => {
  if (stage !== "fitting") return stage;
  const next = at(model.next(session).filter(isStage), turn);
  return next;
};

const fittingValidation = (model: Model, { wish }: ModelSession): ModelValidation | undefined => {
  const purpose = wish.to === "register" ? "register" : "password";
  const fitting = model.validations.filter((it) => it.purpose === purpose && !it.ended);
  return fitting.find(({ validatedAt }) => validatedAt !== undefined) ?? fitting[0];
};

const shownBy = (model: Model, session: ModelSession, chosen: Chosen): Shown => {
  const { wish } = session;
  const caller = wish.to === "register" ? undefined : wish.caller;
  const user = chosen.user === "fitting" ? (caller ?? "carol") : chosen.user;
  const right = model.accounts.get(mxidOf(user))?.password ?? password;
  return {
    stage: stageOf(model, session, chosen),
    validation:
      chosen.validation === "fitting" ? fittingValidation(model, session) : at(model.validations, chosen.validation),
    token: chosen.token,
    user,
    password: chosen.password === "fitting" ? right : chosen.password,
  };
};

const authOf = (session: ModelSession, { stage, validation, token, user, password: tried }: Shown): AuthData => ({
  session: session.name,
  ...(stage === undefined ? {} : { type: stage }),
  ...(stage === "m.login.registration_token" ? { token } : {}),
  ...(stage === "m.login.password" ? { identifier: { type: "m.id.user", user }, password: tried } : {}),
  ...(stage === "m.login.email.identity"
    ? { threepid_creds: { sid: validation?.sid ?? "none", client_secret: validation?.clientSecret ?? "none" } }
    : {}),
});

/** Attempts a stage, or asks with the session alone; once, or several times at the same time. */
export const attempt = (other: Wish | undefined, chosen: Chosen, wanted: number): Command => ({
  check: ({ sessions }) => sessions.length > 0,
  async run(model, real) {
    const session = at(model.sessions, chosen.session) ?? expect.fail("checked before");
    const wish = other ?? session.wish;
    const times = model.losesToken(session) ? 1 : wanted;
    const shown = shownBy(model, session, chosen);
    const auth = authOf(session, shown);
    const answers = await Promise.all(Array.from({ length: times }, () => send(real, wish, auth)));
    const [first, ...more] = answers;
    if (first === undefined) return;
    const before = model.isOpen(session) ? session.done.length : 0;
    const expected = model.attempt(wish, session, shown);
    if (more.length === 0) judge(wish, model, expected, first);
    // Of requests at the same time one is carried out, where one may be; the others are refused or begin anew.
    const carriedOut = answers.filter(({ status }) => status === 200).length;
    expect(carriedOut).toBe(expected.outcome === "carried-out" ? 1 : 0);
    for (const answer of more.length === 0 ? [] : answers) {
      const offered = challengeIn(answer);
      if (offered?.session !== session.name) continue;
      expect(offered.completed.length).toBeGreaterThanOrEqual(before);
      expect(offered.completed.length).toBeLessThanOrEqual(session.done.length);
    }
    const count = real.carriedOut.get(wish.to) ?? 0;
    real.carriedOut.set(wish.to, count + carriedOut);
  },
  toString: () => `attempt ${JSON.stringify({ ...other, ...chosen })}${wanted > 1 ? ` ${wanted} times` : ""}`,
});

/**
 * The same request in two sessions at the same time, each on the strength of one address: what is used up in one cannot
 * serve the other. Afterwards nobody knows how far the slower one came, and it is left alone.
 */
export const race = (chosen: Chosen): Command => ({
  check: ({ sessions }) => sessions.length > 0,
  async run(model, real) {
    const one = at(model.sessions, chosen.session) ?? expect.fail("checked before");
    // Where one has gone on already, both may rightly succeed, or not, as it happens.
    if (one.done.length > 0 || model.refusal(one.wish) !== undefined) return;
    const other = model.open(one.wish, challengeIn(await send(real, one.wish, undefined))?.session ?? "");
    const shown: Shown = { ...shownBy(model, one, chosen), stage: "m.login.email.identity" };
    const racing = await Promise.all(
      [one, other].map(async (session) => ({ session, answer: await send(real, one.wish, authOf(session, shown)) })),
    );
    const byStatus = racing.toSorted((a, b) => a.answer.status - b.answer.status);
    const expected = byStatus.map(({ session }) => model.attempt(one.wish, session, shown).outcome === "carried-out");
    expect(byStatus.map(({ answer }) => answer.status === 200)).toEqual(expected);
    for (const { session } of racing) model.sessions.splice(model.sessions.indexOf(session), 1);
  },
  toString: () => `race ${JSON.stringify(chosen)}`,
});

/** Completes a stage on the server's own page. */
export const visit = (chosen: Chosen): Command => ({
  check: ({ sessions }) => sessions.length > 0,
  async run(model, { server, carriedOut }) {
    const session = at(model.sessions, chosen.session) ?? expect.fail("checked before");
    const shown = shownBy(model, session, chosen);
    const { stage = "m.login.dummy", token, user, password: tried } = shown;
    const query = new URLSearchParams({ session: session.name });
    const form = new URLSearchParams({ accepted: "yes", token, user, password: tried });
    const page = await server.fetch(`${baseUrl}/_matrix/client/r0/auth/${stage}/fallback/web?${query}`, {
      method: "POST",
      body: form,
    });
    const done = (await page.text()).includes(authDoneScript);
    const wanted = model.attemptOnPage(session, { ...shown, stage });
    expect({ stage, done }).toEqual({ stage, done: wanted === "done" });
    if (done) carriedOut.set("page", (carriedOut.get("page") ?? 0) + 1);
  },
  toString: () => `visit ${JSON.stringify(chosen)}`,
});

/** Has a link sent to an address. */
export const requestLink = (purpose: "register" | "password", address: string): Command => ({
  check: ({ validations }) => validations.length < 8,
  async run(model, { server }) {
    const body = { email: address, client_secret: `secret.${model.validations.length}`, send_attempt: 1 };
    const operation = purpose === "register" ? "requestTokenToRegisterEmail" : "requestTokenToResetPasswordEmail";
    const answer = await server.client[operation]({ body });
    const isOwned = model.ownerOf(address) !== undefined;
    expect(answer.status).toBe(isOwned === (purpose === "password") ? 200 : 400);
    if (answer.status !== 200) return;
    const { sid } = answer.body;
    const { url: link } = mailedLink(server);
    const sent = { purpose, address, sid, clientSecret: body.client_secret, link, requestedAt: model.now };
    model.validations.push({ ...sent, validatedAt: undefined, ended: false });
  },
  toString: () => `request ${purpose} link for ${address}`,
});

export const followLink = (index: number | "next"): Command => ({
  check: ({ validations }) => validations.length > 0,
  async run(model, { server }) {
    const unopened = model.validations.find(({ validatedAt }) => validatedAt === undefined);
    const validation = (index === "next" ? unopened : at(model.validations, index)) ?? model.validations[0];
    if (validation === undefined) return;
    const { status } = await server.fetch(validation.link, { redirect: "manual" });
    const validated = model.follow(validation);
    expect(status).toBe(validated ? 200 : 400);
  },
  toString: () => `follow link ${index}`,
});

export const wait = (hours: number): Command => ({
  check: () => true,
  async run(model, { server }) {
    model.now += hours * hour;
    server.clock.advance(hours * hour);
  },
  toString: () => `wait ${hours} hours`,
});

export const revoke = (name: string): Command => ({
  check: (model) => model.tokens.get(name)?.revoked === false,
  async run(model, { server }) {
    expect(await server.storage.registrationTokens.revoke(name)).toBe(true);
    const token = model.tokens.get(name);
    if (token !== undefined) token.revoked = true;
  },
  toString: () => `revoke ${name}`,
});

const newPasswords = [password, "another password"] as const;
const addresses = ["new@example.org", "carol@example.org", "dave@example.org"] as const;

const username = fc.constantFrom("alice", "bob", undefined);
const caller = fc.constantFrom(...owners, undefined);
const registrations = fc.record({ to: fc.constant("register" as const), username, password: fc.constant(password) });
const wishes: fc.Arbitrary<Wish> = fc.oneof(
  { arbitrary: registrations, weight: 3 },
  fc.record({ to: fc.constant("password" as const), caller, newPassword: fc.constantFrom(...newPasswords) }),
  fc.record({ to: fc.constant("deactivate" as const), caller }),
);

const fitting = { arbitrary: fc.constant("fitting" as const), weight: 4 };
/** Mostly what an honest client would send: who only errs gets nowhere near the end. */
const mostlyFitting = <Value>(odd: fc.Arbitrary<Value>) => fc.oneof(fitting, { arbitrary: odd, weight: 1 });

const chosen: fc.Arbitrary<Chosen> = fc.record({
  session: fc.oneof(fc.nat(1), fc.nat(3), fc.nat(9)),
  turn: fc.nat(3),
  stage: fc.oneof(
    fitting,
    { arbitrary: fc.constant(undefined), weight: 2 },
    { arbitrary: fc.constantFrom(...stages), weight: 1 },
  ),
  validation: fc.oneof(fitting, { arbitrary: fc.nat(5), weight: 2 }),
  token: fc.constantFrom("once", "once", "twice", "unknown"),
  user: mostlyFitting(fc.constantFrom(...owners)),
  password: mostlyFitting(fc.constantFrom(...newPasswords)),
});

const ownWish = { arbitrary: fc.constant(undefined), weight: 4 };

const attempts = fc
  .tuple(fc.oneof(ownWish, { arbitrary: wishes, weight: 1 }), chosen, fc.constantFrom(1, 1, 1, 3))
  .map((drawn) => attempt(...drawn));

/** Each is drawn as often as any other: what leads on stands here more than once. */
export const commands: readonly fc.Arbitrary<Command>[] = [
  wishes.map(ask),
  ...[attempts, attempts, attempts],
  ...[chosen.map(visit), chosen.map(visit)],
  chosen.map(race),
  fc
    .oneof(
      fc.tuple(fc.constantFrom("register" as const, "password" as const), fc.constantFrom(...addresses)),
      fc.constant(["register", "new@example.org"] as const),
    )
    .map(([purpose, address]) => requestLink(purpose, address)),
  fc.oneof(fc.constant("next" as const), fc.nat(5)).map(followLink),
  fc.oneof(
    { arbitrary: fc.constantFrom(1, 1, 12, 25).map(wait), weight: 3 },
    { arbitrary: fc.constantFrom("once", "twice").map(revoke), weight: 1 },
  ),
];
