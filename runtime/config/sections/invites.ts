import type { SectionSchema } from "../option.js";

/** Invites by mail to people who have no user ID yet. */
export const invites = {
  type: "object",
  description: "Invites by mail to people who have no user ID yet.",
  additionalProperties: false,
  default: {},
  properties: {
    lifetime_days: {
      type: "integer",
      description:
        "An invite that nobody accepted in so many days is forgotten, and its key is valid no more. 0 keeps invites for ever.",
      minimum: 0,
      maximum: 36_500,
      default: 90,
    },
    blocked_homeservers: {
      type: "array",
      description: "Homeservers whose users may not invite by mail. A name without a port stands for all ports.",
      items: { type: "string", minLength: 1 },
      default: [],
      examples: [["spam.example.org"]],
    },
    blocked_rooms: {
      type: "array",
      description: "IDs of rooms that nobody is invited to by mail.",
      items: { type: "string", minLength: 1 },
      default: [],
      examples: [["!abcdefg:example.org"]],
    },
    blocked_keywords: {
      type: "array",
      description: "Words that may not stand in the name of a room or an inviter, in whatever case.",
      items: { type: "string", minLength: 1 },
      default: [],
      examples: [["cheap pills"]],
    },
    shown_characters: {
      type: "integer",
      description:
        "How many characters are shown, in the room, of each part of an invited address that is longer than that.",
      minimum: 0,
      maximum: 64,
      default: 3,
    },
  },
} as const satisfies SectionSchema;

/** Telling homeservers of bindings. */
export const onbind = {
  type: "object",
  description:
    "Telling the homeserver of a user that an address was bound to them, with the invites that waited for it.",
  additionalProperties: false,
  default: {},
  properties: {
    give_up_after_days: {
      type: "integer",
      description:
        "A homeserver that does not answer is tried again, ever more seldom up to once an hour, for so many days.",
      minimum: 1,
      maximum: 365,
      default: 14,
    },
  },
} as const satisfies SectionSchema;
