import type { Wording } from "./wording.js";

/** Whatever is written to a person; in the words that hold for everybody where it says no others. */
interface Worded {
  readonly wording?: Wording | undefined;
}

/**
 * A mail whose link validates the address when it is opened. With `resetsPassword` that lets whoever asked set a new
 * password for the account of the address, and the mail says so: nobody may be talked into that by a mail that only
 * seems to confirm an address.
 */
export interface EmailValidationMail extends Worded {
  readonly purpose: "email-validation";
  readonly to: string;
  /** The whole link, token included. */
  readonly link: string;
  readonly resetsPassword?: boolean | undefined;
}

/** A mail with a code that a person types into their client (`submit_url`). */
export interface EmailCodeMail extends Worded {
  readonly purpose: "email-code";
  readonly to: string;
  readonly code: string;
  readonly resetsPassword?: boolean | undefined;
}

/** Tells somebody without an account that they were invited to a room. Every field but `to` may be hostile. */
export interface InviteMail extends Worded {
  readonly purpose: "invite";
  /** The same whenever this mail is tried again, so that whoever gets it twice can tell. Letters and digits. */
  readonly id: string;
  readonly to: string;
  /** Matrix id of the inviter, verified by their access token where there was one. */
  readonly sender: string;
  readonly senderDisplayName?: string | undefined;
  readonly roomName?: string | undefined;
  /** True when `room_type` says `m.space`. */
  readonly space: boolean;
  /** Where to accept; http or https. Absent when the operator names no web client. */
  readonly link?: string | undefined;
}

/**
 * Sent instead of a validation mail where the address is no good for what was asked, because an account has it or
 * because none has it, and whoever asked must not learn which.
 */
export interface NoticeMail extends Worded {
  readonly purpose: "already-registered" | "no-account";
  readonly to: string;
}

/** Every mail that is ever sent. `to` is used exactly as it stands, never parsed. */
export type Mail = EmailValidationMail | EmailCodeMail | InviteMail | NoticeMail;

/** Sends mail within a bounded time. */
export interface Courier {
  /**
   * Resolves once the mail was taken over by the next server. Throws a `DeliveryError` otherwise; where that says
   * `unreachable`, the mail may arrive all the same.
   */
  send(mail: Mail, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
