import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { api, counterpart, upstreamIsHere, yamlFiles } from "./documents.js";
import { differences, factsOf } from "./facts.js";

/** Files that the protocol's tree does not have, and why we do. */
const ours: Readonly<Record<string, string>> = {
  "client-server-v3/definitions/errors/unknown_token.yaml": "soft_logout, which the prose and an example alone have",
  "client-server-v3/definitions/msisdn_token_response.yaml": "what an identity server says about a number is passed on",
  "client-server/definitions/msisdn_token_response.yaml": "what an identity server says about a number is passed on",
  "client-server/definitions/threepid_creds.yaml": "the credentials of a stage, which the prose alone describes",
  "fallback/authentication_fallback.yaml": "the pages of stages, which the prose alone describes",
  "identity-internal/associations.yaml": "the operator's own port, which is no part of the protocol",
  "identity-internal/definitions/association_request.yaml": "its requests",
  "identity-internal/definitions/bound_association.yaml": "its answer",
  "identity/definitions/access_token_bearer.yaml":
    "the protocol's later tree has it in security.yaml, where the older one has its own",
  "identity/definitions/claimed_invite.yaml": "the invitations that a bound address brings along",
  "identity/definitions/invite_key.yaml": "the keys of an invitation as later versions have them",
  "identity/definitions/msisdn_sid.yaml": "what identity servers in use answer for a number",
  "identity/definitions/request_email_validation_v1.yaml": "v1 before send_attempt was required",
  "identity/definitions/request_msisdn_validation_v1.yaml": "v1 before send_attempt was required",
  "identity/definitions/submit_token_result.yaml": "v1 tells a failure with status 200",
  "schemas/submit_token_failure.yaml": "a wrong token as later versions answer it",
  "schemas/signed_third_party_invite.yaml": "the protocol keeps it among the schemas of events",
  "server-server/definitions/onbind.yaml": "the body of both operations that tell of a binding",
  "server-server/keys_older_paths.yaml": "the paths of keys in older versions, which servers still ask",
  "server-server/onbind_by_post.yaml": "how identity servers in use tell of a binding",
  "services.yaml": "input of the generator",
  "submit-url/submit_token.yaml": "the homeserver's own submit_url, whose path the protocol leaves open",
};

interface Departure {
  readonly file: string;
  readonly differences: readonly string[];
  readonly because: string;
}

const formatsOfLater =
  "the older era's bodies of requestToken serve here too: what is no email address is M_INVALID_EMAIL, not M_INVALID_PARAM";

/** Where our documents say something else than the protocol's, on purpose. `api/README.md` tells the same. */
const departures: readonly Departure[] = [
  {
    file: "client-server/administrative_contact.yaml",
    differences: [
      'POST /account/3pid 200 example: ours "application/json", theirs "schema"',
      'POST /account/3pid 200 type: ours "object", theirs absent',
      'POST /account/3pid 200.submit_url type: ours "string", theirs absent',
      'POST /account/3pid 200.submit_url: ours "property", theirs absent',
      'POST /account/3pid 200: ours "with a schema", theirs "without a schema"',
    ],
    because: "the protocol's file holds the schema among the examples, one level too deep",
  },
  {
    file: "client-server/registration.yaml",
    differences: ['GET /register/available query username default: ours absent, theirs "my_cool_localpart"'],
    because: "a required parameter is never absent, so its default never applies",
  },
  {
    file: "client-server/registration.yaml",
    differences: [
      'security schemes: ours [{"name":"accessToken","type":"apiKey","place":"query","key":"access_token"}], theirs absent',
    ],
    because: "two operations name the scheme, and the protocol's file forgets to define it",
  },
  {
    file: "client-server/administrative_contact.yaml",
    differences: [
      'POST /account/3pid/email/requestToken 400 codes: ours ["M_SERVER_NOT_TRUSTED","M_THREEPID_IN_USE"], theirs ["M_THREEPID_IN_USE"]',
      'POST /account/3pid/msisdn/requestToken 400 codes: ours ["M_SERVER_NOT_TRUSTED","M_THREEPID_IN_USE"], theirs ["M_THREEPID_IN_USE"]',
    ],
    because:
      "a homeserver that relies on identity servers can distrust the one that is named in any of the six requests",
  },
  {
    file: "client-server/registration.yaml",
    differences: [
      'POST /account/password/email/requestToken 400 codes: ours ["M_SERVER_NOT_TRUSTED","M_THREEPID_NOT_FOUND"], theirs ["M_THREEPID_NOT_FOUND"]',
      'POST /account/password/msisdn/requestToken 400 codes: ours ["M_SERVER_NOT_TRUSTED","M_THREEPID_NOT_FOUND"], theirs ["M_THREEPID_NOT_FOUND"]',
    ],
    because:
      "a homeserver that relies on identity servers can distrust the one that is named in any of the six requests",
  },
  {
    file: "client-server-v3/registration.yaml",
    differences: ['GET /register/available query username default: ours absent, theirs "my_cool_localpart"'],
    because: "a required parameter is never absent, so its default never applies",
  },
  {
    file: "client-server-v3/definitions/security.yaml",
    differences: [
      'security schemes: ours [{"name":"accessTokenBearer","type":"http","scheme":"bearer"}], theirs [{"name":"accessTokenBearer","type":"http","scheme":"bearer"},{"name":"appserviceAccessTokenBearer","type":"http","scheme":"bearer"}]',
    ],
    because: "nothing here is for application services alone",
  },
  {
    file: "client-server-v3/definitions/request_email_validation.yaml",
    differences: [
      'schema.email format: ours absent, theirs "email"',
      'schema.next_link format: ours absent, theirs "uri"',
    ],
    because: formatsOfLater,
  },
  {
    file: "client-server-v3/definitions/request_msisdn_validation.yaml",
    differences: ['schema.next_link format: ours absent, theirs "uri"'],
    because: formatsOfLater,
  },
  ...(
    [
      ["registration", "/register"],
      ["password_management", "/account/password"],
      ["administrative_contact", "/account/3pid"],
    ] as const
  ).map(([file, path]) => ({
    file: `client-server-v3/${file}.yaml`,
    differences: [
      `POST ${path}/email/requestToken body application/json.email format: ours absent, theirs "email"`,
      `POST ${path}/email/requestToken body application/json.next_link format: ours absent, theirs "uri"`,
      `POST ${path}/msisdn/requestToken body application/json.next_link format: ours absent, theirs "uri"`,
    ],
    because: formatsOfLater,
  })),
  {
    file: "identity/v2_auth.yaml",
    differences: [
      'GET /account 403 title: ours absent, theirs "Error"',
      'POST /account/logout 401 title: ours absent, theirs "Error"',
      'POST /account/logout 403 title: ours absent, theirs "Error"',
    ],
    because: "the later tree gives the error a title; both eras share one file here, which has the older one's facts",
  },
  {
    file: "identity/v2_auth.yaml",
    differences: [
      'POST /account/logout 401 codes: ours ["M_UNAUTHORIZED","M_UNKNOWN_TOKEN"], theirs ["M_UNKNOWN_TOKEN"]',
    ],
    because: "an unknown token is M_UNAUTHORIZED on every operation of the identity service, this one included",
  },
  {
    file: "server-server/openid.yaml",
    differences: ['GET /openid/userinfo 401 title: ours absent, theirs "Error"'],
    because: "the later tree gives the error a title; both eras share one file here, which has the older one's facts",
  },
  {
    file: "server-server/third_party_invite.yaml",
    differences: [
      "PUT /3pid/onbind body application/json.invites[].signed",
      "PUT /exchange_third_party_invite/{roomId} body application/json.content.third_party_invite.signed",
    ].flatMap((signed) => [
      `${signed}.signatures.* additional: ours "object", theirs absent`,
      `${signed}.signatures.* title: ours "Server Signatures", theirs absent`,
      `${signed}.signatures.* type: ours "object", theirs absent`,
      `${signed}.signatures.*.* additional: ours "object", theirs absent`,
      `${signed}.signatures.*.* type: ours "string", theirs absent`,
    ]),
    because: "signatures have one schema here; the later tree says the same by a pattern that fits every name",
  },
  {
    file: "identity/v2_lookup.yaml",
    differences: ['POST /lookup 400 title: ours absent, theirs "Error"'],
    because: "the later tree gives the error a title; both eras share one file here, which has the older one's facts",
  },
];

const outside = upstreamIsHere ? "" : " (not run: the protocol's own documents are not beside this checkout)";

describe.skipIf(!upstreamIsHere)(`the documents state the protocol's facts${outside}`, () => {
  const shared = yamlFiles(api).filter((file) => existsSync(counterpart(file)));

  it.each(shared)("%s", (file) => {
    const found = differences(factsOf(`${api}${file}`), factsOf(counterpart(file)));
    const wanted = departures
      .filter((departure) => departure.file === file)
      .flatMap((departure) => departure.differences);
    expect(found).toEqual([...wanted].sort());
  });

  it("the comparison sees a changed field", () => {
    const file = counterpart("identity/definitions/sid.yaml");
    const other = counterpart("client-server/definitions/request_token_response.yaml");
    expect(differences(factsOf(file), factsOf(other))).toEqual([
      'schema.submit_url type: ours absent, theirs "string"',
      'schema.submit_url: ours absent, theirs "property"',
    ]);
  });

  it("every other file is listed as ours", () => {
    expect(yamlFiles(api).filter((file) => !shared.includes(file))).toEqual(Object.keys(ours).sort());
  });
});
