/** What the database of a Sydent holds, as an import reads it. Nothing is ever written there. */

/** A row of either table of associations. Times are milliseconds since 1970. */
export interface SydentAssociation {
  /** Which row of which table this is: local ones were bound there, global ones came from other servers, too. */
  readonly table: "local" | "global";
  readonly id: number;
  readonly medium: string;
  readonly address: string;
  /** Null once unbound. */
  readonly mxid: string | null;
  readonly ts: number;
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  /** The signed association as JSON, where it came from, or was told to, another server. */
  readonly signed: string | null;
}

export interface SydentToken {
  readonly token: string;
  readonly mxid: string;
  /** When its account was made, in ms; null where there is no account. */
  readonly createdAt: number | null;
}

export interface SydentAcceptedTerms {
  readonly mxid: string;
  readonly url: string;
  /** When the account was made, in ms: nothing tells when the terms were accepted. */
  readonly createdAt: number | null;
}

export interface SydentSession {
  readonly sid: string;
  readonly medium: string;
  readonly address: string;
  readonly clientSecret: string;
  readonly validated: boolean;
  /** The last change, in ms. */
  readonly changedAt: number;
  readonly token: string | null;
  readonly sendAttempt: number | null;
}

export interface SydentInvite {
  readonly token: string;
  readonly medium: string;
  readonly address: string;
  readonly roomId: string;
  readonly sender: string;
  /** Seconds since 1970. */
  readonly receivedSeconds: number | null;
  /** Seconds since 1970; null until it was delivered. */
  readonly sentSeconds: number | null;
}

export interface SydentEphemeralKey {
  /** In exactly the spelling that was given out. */
  readonly publicKey: string;
  /** Seconds since 1970. */
  readonly madeSeconds: number | null;
}

export interface SydentDatabase {
  /**
   * Every association, local and of other servers, in groups: rows whose addresses are canonically equal follow each
   * other, the newest first; of equally new ones, one that is unbound first.
   */
  associations(): Iterable<SydentAssociation>;
  /** Undefined where no lookup was ever hashed. */
  pepper(): string | undefined;
  accounts(): number;
  /** Accounts that nobody has an access token of. */
  idleAccounts(): number;
  tokens(): Iterable<SydentToken>;
  acceptedTerms(): Iterable<SydentAcceptedTerms>;
  /** The oldest change first. */
  sessions(): Iterable<SydentSession>;
  invites(): Iterable<SydentInvite>;
  ephemeralKeys(): Iterable<SydentEphemeralKey>;
  /** Servers that it replicates to. */
  peers(): number;
  close(): void;
}
