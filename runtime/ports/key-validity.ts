/** Whether a key of an invite still counts, asked where the room's event says. */

/** There is no answer that could be understood, in time and within its size, is `unreachable`. */
export type KeyVerdict = "valid" | "invalid" | "unreachable";

export interface KeyValidity {
  /** Asks the URL for the key in exactly this spelling, or remembers what it said just now. A stranger chose the URL. */
  ask(url: string, publicKey: string): Promise<KeyVerdict>;
}
