/** Whether the mail server takes addresses beyond ASCII (SMTPUTF8, RFC 6531), as it said when it was last greeted. */

/** The part of a log's line that says whose it is and which way it went. */
interface Entry {
  readonly tnx?: unknown;
  readonly sid?: unknown;
}

type Note = (entry: unknown, message?: unknown) => void;

export interface SmtpUtf8 {
  /** Listens to what is said, in place of the transport's log; keeps and writes nothing of it. */
  readonly logger: Readonly<Record<"trace" | "debug" | "info" | "warn" | "error" | "fatal", Note>>;
  /** Undefined while the server was never greeted. */
  isTaken(): boolean | undefined;
}

/** An address whose local part has no form in ASCII; a domain always has one. */
export const needsUtf8 = (address: string): boolean => /[^\x20-\x7e]/.test(address.slice(0, address.lastIndexOf("@")));

const isEntry = (value: unknown): value is Entry => typeof value === "object" && value !== null;

export const smtpUtf8 = (): SmtpUtf8 => {
  const greeting = new Set<unknown>();
  let taken: boolean | undefined;
  const ignore: Note = () => undefined;
  return {
    logger: {
      trace: ignore,
      // The transport says here what goes over the wire.
      debug: (entry, message) => {
        if (!isEntry(entry) || typeof message !== "string") return;
        if (entry.tnx === "client" && /^EHLO /i.test(message)) greeting.add(entry.sid);
        else if (entry.tnx === "server" && greeting.delete(entry.sid)) taken = /^250[ -]SMTPUTF8\b/im.test(message);
      },
      info: ignore,
      warn: ignore,
      error: ignore,
      fatal: ignore,
    },
    isTaken: () => taken,
  };
};
