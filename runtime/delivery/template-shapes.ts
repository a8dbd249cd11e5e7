/** Every template there is: the files that make it, and what each may hold. */

export type Format = "text" | "html";

export interface Shape {
  readonly parts: Readonly<Record<string, Format>>;
  /** What {@link everywhere} is known besides. */
  readonly names: readonly string[];
}

const mail = { subject: "text", text: "text", html: "html" } as const;

export const shapes = {
  "email-validation": { parts: mail, names: ["link", "resetsPassword"] },
  "email-code": { parts: mail, names: ["code", "resetsPassword"] },
  invite: { parts: mail, names: ["sender", "inviter", "roomName", "space", "link"] },
  "already-registered": { parts: mail, names: [] },
  "no-account": { parts: mail, names: [] },
  "msisdn-validation": { parts: { text: "text" }, names: ["code", "resetsPassword"] },
  page: {
    parts: { title: "text", body: "html", frame: "html" },
    names: [
      ...["confirmed", "unopened", "refused", "continued", "busy", "unread"],
      ...["phone", "replaced", "expired", "unknown", "link", "title", "body"],
    ],
  },
  // In the same frame as other pages.
  stage: {
    parts: { title: "text", body: "html" },
    names: [
      ...["dummy", "token", "terms", "captcha", "password", "closesAccount", "addsAddress"],
      "removesDevices",
      ...["failed", "busy", "later", "documents", "widget"],
      ...["done", "elsewhere", "email", "msisdn", "early", "over", "unserved"],
    ],
  },
} as const satisfies Readonly<Record<string, Shape>>;

export type Purpose = keyof typeof shapes;

/** What every template may hold: the service's name, and in whose name and which language it speaks. */
export const everywhere: readonly string[] = ["service", "brand", "language"];

export const isPurpose = (name: string): name is Purpose => Object.hasOwn(shapes, name);

/** `invite/html`, and its like. */
export const paths: readonly string[] = Object.entries(shapes).flatMap(([purpose, { parts }]) =>
  Object.keys(parts).map((part) => `${purpose}/${part}`),
);
