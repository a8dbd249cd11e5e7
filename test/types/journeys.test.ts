/** The steps of a journey in an order that is none do not compile. */
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { codesByFile } from "../support/compiler.js";

/** A source with one piece left open: with `wrong` in it the compiler complains, with `right` it does not. */
interface Case {
  readonly name: string;
  readonly source: (piece: string) => string;
  readonly wrong: string;
  readonly right: string;
  readonly code: number;
}

const journey = (body: string): string => `
  import { addThreepid, discoverContacts, identityAccount, registerWithEmail, withPassword } from "../../runtime/client/index.js";
  import type { BindingParties, IdentityAccountParties, LookupParties, RegistrationParties, ThreepidParties } from "../../runtime/client/index.js";
  declare const registration: RegistrationParties;
  declare const threepids: ThreepidParties;
  declare const accounts: IdentityAccountParties;
  declare const lookups: LookupParties;
  declare const binding: Omit<BindingParties, "idAccessToken">;
  const alice = { email: "alice@example.org", password: "correct horse" };
  const mail = { medium: "email", address: alice.email } as const;
  ${body}
  export { accounts, addThreepid, alice, binding, discoverContacts, identityAccount, lookups, mail, registerWithEmail, registration, threepids, withPassword };
`;

const cases: readonly Case[] = [
  {
    name: "waiting for a link without asking whether a message was sent",
    source: (piece) =>
      journey(`export const token = async () => {
        const step = await registerWithEmail(registration, alice);
        ${piece}
        if (step.needs === "link") return step.confirmed();
        return step.submit("123456");
      };`),
    wrong: "",
    right: "if (!step.ok) return step;",
    code: 2339,
  },
  {
    name: "waiting for a link where a code was sent",
    source: (piece) =>
      journey(`export const account = async () => {
        const step = await registerWithEmail(registration, alice);
        return step.ok && step.needs === "${piece}" ? step.confirmed() : undefined;
      };`),
    wrong: "code",
    right: "link",
    code: 2339,
  },
  {
    name: "an account before the person has answered the message",
    source: (piece) =>
      journey(`export const token = async () => {
        const step = await registerWithEmail(registration, alice);
        if (!step.ok || step.needs !== "code") return undefined;
        const account = ${piece};
        return account.ok ? account.accessToken : undefined;
      };`),
    wrong: "step",
    right: 'await step.submit("123456")',
    code: 2339,
  },
  {
    name: "the identity server's token before terms were accepted",
    source: (piece) =>
      journey(`export const parties = async (): Promise<BindingParties | undefined> => {
        const opened = await identityAccount(accounts, { mxid: "@alice:example.org" });
        if (!opened.ok) return undefined;
        const account = ${piece};
        return account.ok ? { ...binding, idAccessToken: account.accessToken } : undefined;
      };`),
    wrong: "opened",
    right: 'opened.needs === "terms" ? await opened.accept() : opened',
    code: 2339,
  },
  {
    name: "an address that is added without a proof of who adds it",
    source: (piece) => journey(`export const step = addThreepid(threepids, { threepid: mail${piece} });`),
    wrong: "",
    right: ', stages: withPassword("@alice:example.org", "correct horse")',
    code: 2345,
  },
  {
    name: "a refusal that cannot be",
    source: (piece) =>
      journey(`export const isGone = async () => {
        const result = await discoverContacts(lookups, [mail]);
        return !result.ok && result.errcode === "${piece}";
      };`),
    wrong: "M_INVALID_PEPER",
    right: "M_INVALID_PEPPER",
    code: 2367,
  },
  {
    name: "what was found, of a lookup that failed",
    source: (piece) =>
      journey(`export const found = async () => {
        const result = await discoverContacts(lookups, [{ ...mail, name: "Alice" }]);
        return ${piece} ? result.found.map(({ contact }) => contact.name) : [];
      };`),
    wrong: "!result.ok",
    right: "result.ok",
    code: 2339,
  },
];

const virtualPath = (index: number, kind: "wrong" | "right"): string =>
  join(import.meta.dirname, `journey-${index}-${kind}.ts`);

let codes: Map<string, number[]>;
beforeAll(() => {
  const sources = cases.flatMap(({ source, wrong, right }, index) => [
    [virtualPath(index, "wrong"), source(wrong)] as const,
    [virtualPath(index, "right"), source(right)] as const,
  ]);
  codes = codesByFile(new Map(sources));
});

test.each(cases.map((entry, index) => ({ ...entry, index })))(
  "$name does not compile, its twin does",
  ({ index, code }) => {
    expect(codes.get(virtualPath(index, "wrong"))).toContain(code);
    expect(codes.get(virtualPath(index, "right"))).toEqual([]);
  },
);
