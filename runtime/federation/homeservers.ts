/** Homeservers as an identity server needs them: OpenID tokens exchanged, bindings told. */

import type { Homeservers, OnbindAnswer, UserinfoAnswer } from "../ports/homeservers.js";
import { parseUserId } from "../protocol/identifiers.js";
import { type JsonRecord, recordIn } from "../protocol/record.js";
import type { AskHomeserver } from "./homeserver-requests.js";
import { OutgoingError } from "./outgoing-error.js";
import { retryAfterMs } from "./retry-after.js";

const unreachable = (reason: string) => ({ outcome: "unreachable", reason }) as const;

/** The reason is for a log: it names no token, though the request held one. */
const reasonOf = (error: unknown): string => {
  if (error instanceof OutgoingError) return error.message;
  throw error;
};

/** A refusal in the protocol's words. Whatever else answers in a homeserver's place says nothing about the token. */
const isRefusal = (status: number, errcode: unknown): boolean =>
  (status === 400 || status === 401 || status === 403) && typeof errcode === "string" && errcode !== "M_UNRECOGNIZED";

const judgeUserinfo = (status: number, body: JsonRecord, serverName: string): UserinfoAnswer => {
  if (status !== 200) {
    return isRefusal(status, body["errcode"])
      ? { outcome: "refused", reason: "the homeserver does not accept the token" }
      : unreachable(`the homeserver answered with status ${status}`);
  }
  const { sub } = body;
  const user = typeof sub === "string" ? parseUserId(sub) : undefined;
  if (typeof sub !== "string" || user === undefined) return unreachable("the homeserver named no user");
  // Whoever runs a server could otherwise speak for the users of any other.
  return user.serverName === serverName
    ? { outcome: "answered", mxid: sub }
    : { outcome: "refused", reason: "the homeserver named a user of another server" };
};

/** What is worth repeating: the server is busy, or something in front of it is broken. */
const isPassing = (status: number): boolean => status >= 500 || status === 429 || status === 408 || status < 400;

const judgeOnbind = async (response: Response): Promise<OnbindAnswer> => {
  const { status } = response;
  if (response.ok) return { outcome: "taken" };
  if (!isPassing(status)) return { outcome: "refused", status };
  const wait = retryAfterMs(response.headers.get("retry-after"), recordIn(await response.text()) ?? {});
  return { ...unreachable(`the homeserver answered with status ${status}`), retryAfterMs: wait };
};

/** The documents say PUT, the prose and what is in use say POST. */
const isOtherMethod = (status: number): boolean => status === 404 || status === 405;

export const homeservers = (ask: AskHomeserver): Homeservers => ({
  async userinfo(serverName, openidToken, signal) {
    const query = new URLSearchParams({ access_token: openidToken });
    const target = `/_matrix/federation/v1/openid/userinfo?${query}`;
    try {
      const response = await ask(serverName, { method: "GET", target, signal });
      return judgeUserinfo(response.status, recordIn(await response.text()) ?? {}, serverName);
    } catch (error) {
      return unreachable(reasonOf(error));
    }
  },

  async onbind(serverName, association, signal) {
    const request = { target: "/_matrix/federation/v1/3pid/onbind", body: JSON.stringify(association), signal };
    try {
      const posted = await ask(serverName, { ...request, method: "POST" });
      return await judgeOnbind(
        isOtherMethod(posted.status) ? await ask(serverName, { ...request, method: "PUT" }) : posted,
      );
    } catch (error) {
      return unreachable(reasonOf(error));
    }
  },
});
