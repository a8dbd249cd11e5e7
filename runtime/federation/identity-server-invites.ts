/** What a homeserver asks of identity servers for an invite: whose address it is, to keep the invite, and for their keys. */

import type {
  IdentityServer,
  IdentityServerAnswer,
  IdentityServers,
  RemoteInvite,
  RemoteStoredInvite,
} from "../ports/identity-servers.js";
import type { RoomDescription } from "../ports/rooms.js";
import { isSid, parseUserId } from "../protocol/identifiers.js";
import { lookupHash, plainLookup } from "../protocol/lookup-hash.js";
import {
  type InviteKey,
  inviteContent,
  isPublicKey,
  maxInviteKeys,
  readInviteKey,
} from "../protocol/third-party-invite.js";
import type { Threepid } from "../protocol/threepid.js";
import { type IdentityServerCalls, type Success, text } from "./identity-server-calls.js";

const userId = (value: unknown): string | undefined =>
  typeof value === "string" && parseUserId(value) !== undefined ? value : undefined;

/** In the order of their worth: the first one hides most. Either way an invite tells the address in the end. */
const algorithms = ["sha256", "none"] as const;

interface HashDetails {
  readonly algorithm: (typeof algorithms)[number] | undefined;
  readonly pepper: string;
}

const readHashDetails = ({ lookup_pepper, algorithms: offered }: Success): HashDetails | undefined =>
  typeof lookup_pepper === "string" && Array.isArray(offered)
    ? { algorithm: algorithms.find((algorithm) => offered.includes(algorithm)), pepper: lookup_pepper }
    : undefined;

/** The answer to a question that may have none. */
interface Found {
  readonly mxid: string | undefined;
}

const lengths = { name: 255, alias: 255, url: 2048, word: 255 } as const;

/** What identity servers take of a name; the rest of a longer one matters to nobody who reads it. */
const cut = (name: string): string => [...name.slice(0, 2 * lengths.name)].slice(0, lengths.name).join("");

/** Half a URL or alias would lead elsewhere. */
const whole = (value: string | undefined, length: number): string | undefined =>
  value !== undefined && value.length <= length ? value : undefined;

const described = (room: RoomDescription) => {
  const fields = {
    room_name: room.name && cut(room.name),
    room_alias: whole(room.alias, lengths.alias),
    room_avatar_url: whole(room.avatarUrl, lengths.url),
    room_join_rules: whole(room.joinRules, lengths.word),
    room_type: whole(room.type, lengths.word),
    sender_display_name: room.senderDisplayName && cut(room.senderDisplayName),
    sender_avatar_url: whole(room.senderAvatarUrl, lengths.url),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
};

/** Identity servers of before named only the keys: these are the places where such a server says which are valid. */
const usualUrl = (name: string, version: string, place: number): string =>
  `https://${name}/_matrix/identity/${version}/pubkey/${place === 0 ? "" : "ephemeral/"}isvalid`;

const readKeys = (name: string, version: string, { public_keys, public_key }: Success): readonly InviteKey[] => {
  const listed: readonly unknown[] = Array.isArray(public_keys) ? public_keys : [];
  const given = listed.length > 0 ? listed : [public_key];
  return given.slice(0, maxInviteKeys).flatMap((entry, place) => {
    const { public_key: key, key_validity_url: url } =
      typeof entry === "object" && entry !== null
        ? { public_key: undefined, key_validity_url: undefined, ...entry }
        : { public_key: entry, key_validity_url: usualUrl(name, version, place) };
    const read = readInviteKey(key, url);
    return read === undefined ? [] : [read];
  });
};

/** The content of the event that an invite becomes: it stays in the room for good. A name and two keys take a tenth. */
const maxContentBytes = 8192;

const storedReader =
  (name: string, version: string) =>
  (body: Success): RemoteStoredInvite | undefined => {
    const { token, display_name: displayName } = body;
    const keys = readKeys(name, version, body);
    if (typeof token !== "string" || !isSid(token) || typeof displayName !== "string" || keys.length === 0) {
      return undefined;
    }
    const invite = { token, displayName: cut(displayName), keys };
    const size = Buffer.byteLength(JSON.stringify(inviteContent(invite.displayName, keys)));
    return size > maxContentBytes ? undefined : { outcome: "stored", ...invite };
  };

const readInUse = ({ errcode, mxid }: Success): RemoteStoredInvite | undefined => {
  const owner = errcode === "M_THREEPID_IN_USE" ? userId(mxid) : undefined;
  return owner === undefined ? undefined : { outcome: "in-use", mxid: owner };
};

type InviteCalls = Pick<IdentityServers, "lookup" | "storeInvite" | "publicKey">;

export const identityServerInvites = ({ ask, withVersion, withEither }: IdentityServerCalls): InviteCalls => {
  const lookUpPlainly = (server: IdentityServer, { medium, address }: Threepid): Promise<IdentityServerAnswer<Found>> =>
    ask(server, {
      operation: "lookupUser",
      call: (client) => client.lookupUser({ query: { medium, address } }),
      // An address that is bound to nobody is answered with nothing at all.
      read: (body) => ({
        mxid: body["medium"] === medium && body["address"] === address ? userId(body["mxid"]) : undefined,
      }),
    });

  const hashDetails = (server: IdentityServer) =>
    ask(server, {
      operation: "getHashDetails",
      call: (client) => client.getHashDetails(),
      read: readHashDetails,
    });

  const lookUpByHash = async (server: IdentityServer, threepid: Threepid): Promise<IdentityServerAnswer<Found>> => {
    const details = await hashDetails(server);
    if (details.outcome !== "answered") return details;
    const { algorithm, pepper } = details.value;
    if (algorithm === undefined) return { outcome: "unreachable", reason: "it knows no way to look up that we know" };
    const asked = algorithm === "sha256" ? lookupHash(threepid, pepper) : plainLookup(threepid);
    return ask(server, {
      operation: "lookupUsersV2",
      call: (client) => client.lookupUsersV2({ body: { algorithm, pepper, addresses: [asked] } }),
      read: ({ mappings }) => ({
        mxid:
          typeof mappings === "object" && mappings !== null
            ? userId(new Map<string, unknown>(Object.entries(mappings)).get(asked))
            : undefined,
      }),
    });
  };

  /** The pepper may change between the two questions, but hardly twice. */
  const lookUpAgainIfSalted = async (server: IdentityServer, threepid: Threepid) => {
    const answer = await lookUpByHash(server, threepid);
    const isOld = answer.outcome === "refused" && answer.errcode === "M_INVALID_PEPPER";
    return isOld ? lookUpByHash(server, threepid) : answer;
  };

  return {
    async lookup(server, threepid) {
      const answer =
        server.accessToken === undefined
          ? await lookUpPlainly(server, threepid)
          : await lookUpAgainIfSalted(server, threepid);
      return answer.outcome === "answered" ? { outcome: "answered", value: answer.value.mxid } : answer;
    },

    storeInvite(server, { medium, address, roomId, sender, room }: RemoteInvite) {
      const body = { medium, address, room_id: roomId, sender, ...described(room) };
      return withVersion<RemoteStoredInvite>(
        server,
        {
          operation: "storeInvite",
          call: (client) => client.storeInvite({ body }),
          read: storedReader(server.name, "api/v1"),
          readRefusal: readInUse,
        },
        {
          operation: "storeInviteV2",
          call: (client) => client.storeInviteV2({ body }),
          read: storedReader(server.name, "v2"),
          readRefusal: readInUse,
        },
      );
    },

    publicKey(name, keyId) {
      const params = { keyId };
      const read = ({ public_key: key }: Success) => {
        const known = text(key);
        return known !== undefined && isPublicKey(known) ? known : undefined;
      };
      return withEither<string>(
        { name },
        { operation: "getPubKeyV2", call: (client) => client.getPubKeyV2({ params }), read },
        { operation: "getPubKey", call: (client) => client.getPubKey({ params }), read },
      );
    },
  };
};
