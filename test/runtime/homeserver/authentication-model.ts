/**
 * What user-interactive authentication may do, as a model beside the real server. The model knows what truly happened:
 * which link was opened when, which stage was completed for which request; and nothing of how the server keeps it.
 */

export const hour = 60 * 60 * 1000;
const day = 24 * hour;

/** The same stages in different orders: it is the order that tells flows apart. */
export const registerFlows = [
  ["m.login.dummy", "m.login.terms", "m.login.email.identity"],
  ["m.login.terms", "m.login.dummy", "m.login.registration_token"],
  ["m.login.email.identity"],
  ["m.login.registration_token"],
] as const;
const resetFlows = [["m.login.email.identity"], ["m.login.msisdn"]] as const;
const ownerFlows = [["m.login.password"], ...resetFlows] as const;

export const stages = [
  "m.login.dummy",
  "m.login.terms",
  "m.login.registration_token",
  "m.login.email.identity",
  "m.login.password",
] as const;
export type StageName = (typeof stages)[number];

/** Who has an account from the beginning, with an address and an access token. */
export const owners = ["carol", "dave"] as const;
export type Owner = (typeof owners)[number];

/** What a client asks for. */
export type Wish =
  | { readonly to: "register"; readonly username: string | undefined; readonly password: string }
  | { readonly to: "password"; readonly caller: Owner | undefined; readonly newPassword: string }
  | { readonly to: "deactivate"; readonly caller: Owner | undefined };

export interface ModelAccount {
  password: string;
  active: boolean;
  /** Whether the access token that it began with is still good. */
  loggedIn: boolean;
  address: string | undefined;
  /** How often its password was set anew. */
  changes: number;
}

export interface ModelValidation {
  readonly purpose: "register" | "password";
  readonly address: string;
  readonly sid: string;
  readonly clientSecret: string;
  readonly link: string;
  readonly requestedAt: number;
  validatedAt: number | undefined;
  /** Used up, or ended by a change of the password that it was for. */
  ended: boolean;
}

export interface ModelSession {
  readonly name: string;
  /** The request that it was opened by. */
  readonly wish: Wish;
  readonly openedAt: number;
  /** What the request is bound to; a part that is not in here is still open. */
  readonly parts: Map<string, string | undefined>;
  readonly done: StageName[];
  used: boolean;
  /** The attempt that waits for a link to be opened. */
  pending: ModelValidation | undefined;
  /** Whose account the stages proved, and how often its password had been set anew until then. */
  mxid: string | undefined;
  changes: number;
  token: string | undefined;
  validation: ModelValidation | undefined;
}

export interface ModelToken {
  readonly uses: number;
  completed: number;
  revoked: boolean;
}

/** What a client shows for a stage. */
export interface Shown {
  readonly stage: StageName | undefined;
  readonly validation: ModelValidation | undefined;
  readonly token: string;
  readonly user: string;
  readonly password: string;
}

/** What must come of a request: it is carried out, refused with a code, or asked to go on in this session. */
export type Expected =
  | { readonly outcome: "carried-out" }
  | { readonly outcome: "refused"; readonly status: number; readonly errcode: string }
  | { readonly outcome: "asked"; readonly session: ModelSession; readonly completed: readonly StageName[] }
  /** The session is good for nothing here: the request begins anew. */
  | { readonly outcome: "foreign" };

export const mxidOf = (name: string): string => `@${name}:example.org`;

const partsOf = (wish: Wish): Readonly<Record<string, string | undefined>> => {
  switch (wish.to) {
    case "register":
      return { caller: undefined, username: wish.username, password: wish.password };
    case "password":
      return { caller: wish.caller, newPassword: wish.newPassword };
    case "deactivate":
      return { caller: wish.caller, idServer: undefined };
  }
};

const flowsOf = (wish: Wish): readonly (readonly string[])[] => {
  if (wish.to === "register") return registerFlows;
  return wish.to === "password" && wish.caller === undefined ? resetFlows : ownerFlows;
};

const follows = (flow: readonly string[], done: readonly string[]): boolean =>
  done.every((stage, position) => flow[position] === stage);

export class Model {
  now = 0;
  readonly accounts = new Map<string, ModelAccount>();
  readonly sessions: ModelSession[] = [];
  readonly validations: ModelValidation[] = [];
  readonly tokens = new Map<string, ModelToken>();

  /** What a request without `auth` opens. */
  open(wish: Wish, name: string): ModelSession {
    const given = Object.entries(partsOf(wish)).filter(([part, value]) => part === "caller" || value !== undefined);
    const session: ModelSession = {
      name,
      wish,
      openedAt: this.now,
      parts: new Map(given),
      done: [],
      used: false,
      pending: undefined,
      mxid: undefined,
      changes: 0,
      token: undefined,
      validation: undefined,
    };
    this.sessions.push(session);
    return session;
  }

  /** Why a request is refused whatever its session, if it is. */
  refusal(wish: Wish): Extract<Expected, { readonly outcome: "refused" }> | undefined {
    if (wish.to === "register") {
      const taken = wish.username !== undefined && this.accounts.has(mxidOf(wish.username));
      return taken ? { outcome: "refused", status: 400, errcode: "M_USER_IN_USE" } : undefined;
    }
    const gone = wish.caller !== undefined && !this.accounts.get(mxidOf(wish.caller))?.loggedIn;
    return gone ? { outcome: "refused", status: 401, errcode: "M_UNKNOWN_TOKEN" } : undefined;
  }

  isOpen({ used, openedAt }: ModelSession): boolean {
    return !used && this.now - openedAt < day;
  }

  /** What must come of an attempt in a session. Changes the model as the server has to change. */
  attempt(wish: Wish, session: ModelSession, shown: Shown): Expected {
    const refusal = this.refusal(wish);
    if (refusal !== undefined) return refusal;
    if (!this.isOpen(session) || session.wish.to !== wish.to || !this.#bind(wish, session, shown)) {
      return { outcome: "foreign" };
    }
    const flows = flowsOf(wish);
    const isComplete = () => flows.some((flow) => flow.length === session.done.length && follows(flow, session.done));
    const current = shown.stage === undefined ? this.#pending(session, shown) : shown;
    if (current !== undefined && !isComplete()) this.#take(wish, flows, session, current);
    return isComplete() ? this.#carryOut(wish, session) : { outcome: "asked", session, completed: [...session.done] };
  }

  /** The same on a page of the server's own: it is told by the session alone. */
  attemptOnPage(session: ModelSession, shown: Shown & { readonly stage: StageName }): "done" | "not" {
    if (!this.isOpen(session)) return "not";
    if (session.done.includes(shown.stage)) return "done";
    if (shown.stage === "m.login.email.identity") return "not";
    const { wish } = session;
    const caller = wish.to === "register" ? undefined : wish.caller;
    if (shown.stage === "m.login.password" && (caller === undefined || shown.user !== caller)) return "not";
    this.#take(wish, flowsOf(wish), session, shown);
    return session.done.includes(shown.stage) ? "done" : "not";
  }

  /** Whether its token was revoked: what comes of several requests at the same time depends on who is first. */
  losesToken({ token }: ModelSession): boolean {
    return token !== undefined && this.tokens.get(token)?.revoked === true;
  }

  /** The stages that a session may go on with. */
  next({ wish, done }: ModelSession): readonly string[] {
    return flowsOf(wish).flatMap((flow) => (follows(flow, done) ? flow.slice(done.length, done.length + 1) : []));
  }

  /** Opens a link; answers whether it confirms the address. */
  follow(validation: ModelValidation): boolean {
    const { validatedAt, requestedAt, ended } = validation;
    if (ended || this.now - (validatedAt ?? requestedAt) >= day) return false;
    validation.validatedAt ??= this.now;
    return true;
  }

  isGood({ uses, completed, revoked }: ModelToken, token: string, besides?: ModelSession): boolean {
    const pending = this.sessions.filter((it) => it !== besides && it.token === token && this.isOpen(it)).length;
    return !revoked && completed + pending < uses;
  }

  #bind(wish: Wish, session: ModelSession, shown: Shown): boolean {
    const settled = shown.stage !== undefined || session.pending !== undefined || session.done.length > 0;
    const parts = Object.entries(partsOf(wish)).filter(
      ([part, value]) => settled || part === "caller" || value !== undefined,
    );
    if (parts.some(([part, value]) => session.parts.has(part) && session.parts.get(part) !== value)) return false;
    for (const [part, value] of parts) session.parts.set(part, value);
    return true;
  }

  #pending({ pending }: ModelSession, shown: Shown): (Shown & { readonly stage: StageName }) | undefined {
    return pending === undefined ? undefined : { ...shown, stage: "m.login.email.identity", validation: pending };
  }

  #take(wish: Wish, flows: readonly (readonly string[])[], session: ModelSession, shown: Shown): void {
    const { stage } = shown;
    const { done } = session;
    const isNext = flows.some((flow) => follows(flow, done) && flow[done.length] === stage);
    if (stage === undefined || !isNext || !this.#proves(wish, session, shown)) return;
    done.push(stage);
    session.pending = undefined;
  }

  #proves(wish: Wish, session: ModelSession, shown: Shown): boolean {
    switch (shown.stage) {
      case undefined:
        return false;
      case "m.login.dummy":
      case "m.login.terms":
        return true;
      case "m.login.registration_token": {
        const token = this.tokens.get(shown.token);
        if (token === undefined || !this.isGood(token, shown.token, session)) return false;
        session.token = shown.token;
        return true;
      }
      case "m.login.password": {
        const mxid = mxidOf(shown.user);
        const account = this.accounts.get(mxid);
        if (wish.to === "register" || account?.password !== shown.password || !account.active) return false;
        return (wish.caller === undefined || wish.caller === shown.user) && this.#proved(session, mxid);
      }
      case "m.login.email.identity":
        return this.#provesAddress(wish, session, shown.validation);
    }
  }

  #provesAddress(wish: Wish, session: ModelSession, validation: ModelValidation | undefined): boolean {
    if (validation === undefined || validation.ended) return false;
    const { validatedAt, requestedAt, address } = validation;
    if (validatedAt === undefined) {
      // It may be opened later, and counts then.
      if (this.now - requestedAt < day) session.pending = validation;
      return false;
    }
    if (this.now - validatedAt >= day) return false;
    if (validation.purpose !== (wish.to === "register" ? "register" : "password")) return false;
    const owner = this.ownerOf(address);
    if (wish.to === "register") {
      if (owner !== undefined) return false;
    } else if (owner === undefined || (wish.caller !== undefined && mxidOf(wish.caller) !== owner)) return false;
    else if (!this.#proved(session, owner)) return false;
    session.validation = validation;
    return true;
  }

  #proved(session: ModelSession, mxid: string): boolean {
    if (session.mxid !== undefined && session.mxid !== mxid) return false;
    session.mxid = mxid;
    session.changes = this.accounts.get(mxid)?.changes ?? 0;
    return true;
  }

  ownerOf(address: string): string | undefined {
    return [...this.accounts].find(([, account]) => account.active && account.address === address)?.[0];
  }

  #carryOut(wish: Wish, session: ModelSession): Expected {
    const { validation, token: name } = session;
    const token = name === undefined ? undefined : this.tokens.get(name);
    const forbidden = { outcome: "refused", status: 403, errcode: "M_FORBIDDEN" } as const;
    if (validation?.ended) return forbidden;
    if (token?.revoked) {
      session.done.splice(session.done.indexOf("m.login.registration_token"));
      session.token = undefined;
      return { outcome: "asked", session, completed: [...session.done] };
    }
    if (wish.to === "register") {
      if (validation !== undefined && this.ownerOf(validation.address) !== undefined) {
        return { outcome: "refused", status: 400, errcode: "M_THREEPID_IN_USE" };
      }
      const mxid = mxidOf(wish.username ?? `somebody${this.accounts.size}`);
      this.accounts.set(mxid, {
        password: wish.password,
        active: true,
        loggedIn: false,
        address: validation?.address,
        changes: 0,
      });
    } else {
      const account = session.mxid === undefined ? undefined : this.accounts.get(session.mxid);
      const stillOwns = validation === undefined || account?.address === validation.address;
      // What was proved before somebody set the password anew proves nothing.
      if (account === undefined || !stillOwns || account.changes !== session.changes) return forbidden;
      if (!account.active) return { outcome: "refused", status: 403, errcode: "M_USER_DEACTIVATED" };
      if (wish.to === "password") {
        account.password = wish.newPassword;
        account.changes += 1;
        account.loggedIn &&= wish.caller !== undefined;
        // Who had a reset ready, or a mail still to open, cannot undo the change.
        for (const it of this.validations) {
          if (it.purpose === "password" && it.address === account.address) it.ended = true;
        }
      } else Object.assign(account, { active: false, loggedIn: false, address: undefined });
    }
    session.used = true;
    if (validation !== undefined) validation.ended = true;
    if (token !== undefined) token.completed += 1;
    return { outcome: "carried-out" };
  }
}
