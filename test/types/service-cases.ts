/** What the types of a service do not let its handlers, policies and callers do. */

import type { Case } from "./case.js";

const implementing = (body: string): string => `
  import { type Handlers, unimplemented } from "../../generated/identity/index.js";
  const { ping, ...rest } = unimplemented;
  export const handlers: Handlers<{ readonly user: string }> = ${body};
  export { ping, rest };
`;

const calling = (body: string): string => `
  import { createIdentityClient } from "../../generated/identity/index.js";
  const client = createIdentityClient({ baseUrl: "https://id.example" });
  const session = { client_secret: "hush", email: "owl@forest.example", send_attempt: 1 };
  ${body}
  export { client, session };
`;

const admitting = (body: string): string => `
  import type { Policy } from "../../generated/seam/server.js";
  import { protocolPolicy } from "../../runtime/http/policy.js";
  import { permitUnlessLocked } from "../../runtime/homeserver/domain/access.js";
  import type { Account, TokenOwner } from "../../runtime/ports/account-store.js";
  import type { Logger } from "../../runtime/ports/logger.js";
  import type { RequestContext } from "../../runtime/ports/requester.js";
  declare const log: Logger;
  declare const owners: { find(token: string): Promise<TokenOwner | undefined> };
  declare const policies: { owners: Policy<RequestContext<TokenOwner>>; accounts: Policy<RequestContext<Account>> };
  ${body}
  export { log, owners, permitUnlessLocked, policies, protocolPolicy };
  export type { Account, Policy, RequestContext, TokenOwner };
`;

export const serviceCases: readonly Case[] = [
  {
    name: "a permit that asks of a requester what the policy's requesters do not have",
    source: (token) =>
      admitting(
        `export const policy = protocolPolicy<${token}>({ codes: "client-server", authenticate: owners.find, permit: permitUnlessLocked, log });`,
      ),
    wrong: "Account",
    right: "TokenOwner",
    code: 2322,
  },
  {
    name: "a policy that is told more of its context than there is",
    source: (token) => admitting(`export const policy: Policy<RequestContext<Account>> = policies.${token};`),
    wrong: "owners",
    right: "accounts",
    code: 2375,
  },
  {
    name: "a policy that answers a problem without a status",
    source: (token) => `
      import { type Admission, createServer, type Policy, Refused, unimplemented } from "../../generated/identity/index.js";
      const policy: Policy<Admission> = {
        admit: (admission) => admission,
        problem: () => ({ ${token}: 418, headers: {} }),
      };
      export const server = createServer(unimplemented, policy);
      export const isRefused = (error: unknown): boolean => error instanceof Refused && error.status === 401;
    `,
    wrong: "state",
    right: "status",
    code: 2322,
  },
  {
    name: "an implementation that misses an operation",
    source: (token) => implementing(`{ ...${token} }`),
    wrong: "rest",
    right: "unimplemented",
    code: 2741,
  },
  {
    name: "an operation that does not exist",
    source: (token) => implementing(`{ ...unimplemented, ${token}: () => ({ status: 200, body: {} }) }`),
    wrong: "pong",
    right: "ping",
    code: 2353,
  },
  {
    name: "an undeclared status",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: ${token}, body: { sid: "1" } }) }`),
    wrong: "201",
    right: "200",
    code: 2322,
  },
  {
    name: "a misspelt field of an answer",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: 200, body: { ${token}: "1" } }) }`),
    wrong: "side",
    right: "sid",
    code: 2322,
  },
  {
    name: "a field of the wrong type",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: 200, body: { sid: ${token} } }) }`),
    wrong: "1",
    right: '"1"',
    code: 2322,
  },
  {
    name: "an answer without the body that its status has",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: 200, ${token}: { sid: "1" } }) }`),
    wrong: "headers",
    right: "body",
    code: 2322,
  },
  {
    name: "a handler that misspells a field of its request",
    source: (token) =>
      implementing(
        `{ ...unimplemented, emailRequestTokenV2: ({ body }) => ({ status: 200, body: { sid: body.${token} } }) }`,
      ),
    wrong: "client_secrets",
    right: "client_secret",
    code: 2551,
  },
  {
    name: "a handler that asks its context for what is not there",
    source: (token) =>
      implementing(
        `{ ...unimplemented, emailRequestTokenV2: (_request, { ${token} }) => ({ status: 200, body: { sid: ${token} } }) }`,
      ),
    wrong: "owner",
    right: "user",
    code: 2339,
  },
  {
    name: "a call that misspells a field",
    source: (token) =>
      calling(
        `export const answer = client.emailRequestTokenV2({ body: { ...session, ${token}: "https://x.example" } });`,
      ),
    wrong: "nextLink",
    right: "next_link",
    code: 2561,
  },
  {
    name: "an optional field that is given as undefined",
    source: (token) =>
      calling(`export const answer = client.emailRequestTokenV2({ body: { ...session, next_link: ${token} } });`),
    wrong: "undefined",
    right: '""',
    code: 2375,
  },
  {
    name: "the body of a success read from another status",
    source: (token) =>
      calling(
        `export const answer = client.emailRequestTokenV2({ body: session }).then((got) => (got.status === ${token} ? got.body.sid : ""));`,
      ),
    wrong: "400",
    right: "200",
    code: 2339,
  },
  {
    name: "a call without the part that its operation needs",
    source: (token) => calling(`export const answer = client.getPubKeyV2({ ${token}: { keyId: "ed25519:0" } });`),
    wrong: "query",
    right: "params",
    code: 2345,
  },
];
