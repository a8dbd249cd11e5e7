import { describe, expect, it } from "vitest";
import type { HomeserverRequest } from "../../../runtime/federation/homeserver-requests.js";
import { inviteExchanges } from "../../../runtime/federation/invite-exchanges.js";
import { OutgoingError } from "../../../runtime/federation/outgoing-error.js";
import { signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { verifyRequest } from "../../../runtime/protocol/x-matrix.js";

const signingKey = signingKeyOf("ed25519:1", new Uint8Array(32).fill(3));
const signed = { mxid: "@bob:two.test", token: "tok", signatures: { "id.test": { "ed25519:0": "x" } } };
const invite = { roomId: "!a/b c:one.test", sender: "@alice:one.test", mxid: "@bob:two.test", signed };

const asking = (answer: () => Response | Promise<Response>) => {
  const asked: { readonly server: string; readonly request: HomeserverRequest }[] = [];
  const ask = async (server: string, request: HomeserverRequest) => {
    asked.push({ server, request });
    return answer();
  };
  return { exchanges: inviteExchanges({ ask, serverName: "two.test", signingKey: async () => signingKey }), asked };
};

describe("the server of an inviter", () => {
  it("is sent a member event, signed as the invited user's server, for that server alone", async () => {
    const { exchanges, asked } = asking(() => Response.json({}));
    expect(await exchanges.exchange("one.test", invite)).toEqual({ outcome: "issued" });
    const [{ server, request } = { server: "", request: undefined }] = asked;
    expect(server).toBe("one.test");
    expect(request).toMatchObject({
      method: "PUT",
      target: "/_matrix/federation/v1/exchange_third_party_invite/!a%2Fb%20c%3Aone.test",
    });
    const content: unknown = JSON.parse(request?.body ?? "");
    expect(content).toEqual({
      type: "m.room.member",
      room_id: invite.roomId,
      sender: invite.sender,
      state_key: invite.mxid,
      content: { membership: "invite", third_party_invite: { display_name: invite.mxid, signed } },
    });
    const given = { method: "PUT", uri: request?.target ?? "", content: JSON.parse(request?.body ?? "") };
    const verdict = await verifyRequest(
      request?.authorization ?? "",
      given,
      "one.test",
      async () => signingKey.publicKey,
    );
    expect(verdict).toEqual({ verified: true, origin: "two.test" });
    const elsewhere = await verifyRequest(
      request?.authorization ?? "",
      given,
      "x.test",
      async () => signingKey.publicKey,
    );
    expect(elsewhere).toMatchObject({ verified: false, reason: "wrong-destination" });
  });

  it.each<[string, () => Response | Promise<Response>, object]>([
    [
      "no",
      () => Response.json({ errcode: "M_FORBIDDEN", error: "no" }, { status: 403 }),
      { outcome: "refused", status: 403, errcode: "M_FORBIDDEN" },
    ],
    [
      "no in other words",
      () => new Response("<b>", { status: 404 }),
      { outcome: "refused", status: 404, errcode: "M_UNKNOWN" },
    ],
    [
      "no with a code that is none",
      () => Response.json({ errcode: "a\nb" }, { status: 400 }),
      { outcome: "refused", errcode: "M_UNKNOWN" },
    ],
    ["a failure", () => new Response("", { status: 502 }), { outcome: "unreachable" }],
    ["a limit", () => Response.json({}, { status: 429 }), { outcome: "unreachable" }],
    ["a redirect", () => new Response(null, { status: 307 }), { outcome: "unreachable" }],
    ["nothing", () => Promise.reject(new OutgoingError("timeout", "late")), { outcome: "unreachable", reason: "late" }],
  ])("that answers %s is understood", async (_, answer, want) => {
    expect(await asking(answer).exchanges.exchange("one.test", invite)).toMatchObject(want);
  });
});
