/** Answers that the specification prints, or that follow from its rules ("derived"); other servers agree on them. */

/** [address, medium, pepper, hash] */
export const lookupHashes = [
  ["alice@example.com", "email", "matrixrocks", "4kenr7N9drpCJ4AfalmlGQVsOn3o2RHjkADUpXJWZUc"],
  ["bob@example.com", "email", "matrixrocks", "LJwSazmv46n0hlMlsb_iYxI0_HXEqy_yj6Jm636cdT8"],
  ["18005552067", "msisdn", "matrixrocks", "nlo35_T5fzSGZzJApqu8lgIudJvmOQtDaHtr-I4rU7I"],
  ["carl@example.com", "email", "matrixrocks", "jDh2YLwYJg3vg9pEn3kaaXAP9jx-LlcotoH51Zgb9MA"],
  ["12345678910", "msisdn", "matrixrocks", "S11EvvwnUWBDZtI4MTRKgVuiRx76Z9HnkbyRlWkBqJs"],
  ["denny@example.com", "email", "matrixrocks", "2tZto1arl2fUYtF6tQPJND69il3xke9OBlgFgnUt2ww"],
  // derived
  ["strauss@example.com", "email", "matrixrocks", "Wvo9OL_UvrDZsRecvnhshdTeilXXGbhk0J5l5rX55Ok"],
] as const;

/** [bytes as text, base64] */
export const unpaddedBase64 = [
  ["", ""],
  ["f", "Zg"],
  ["fo", "Zm8"],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg"],
  ["fooba", "Zm9vYmE"],
  ["foobar", "Zm9vYmFy"],
] as const;

/** [JSON, canonical JSON] */
export const canonicalSpellings = [
  ["{}", "{}"],
  ['{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'],
  ['{"b":"2","a":"1"}', '{"a":"1","b":"2"}'],
  [
    `{"auth":{"success":true,"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[
      {"medium":"email","address":"john.doe@example.org"},{"medium":"msisdn","address":"123456789"}]}}}`,
    '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[' +
      '{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
  ],
  ['{"a":"日本語"}', '{"a":"日本語"}'],
  ['{"本":2,"日":1}', '{"日":1,"本":2}'],
  ['{"a":"\\u65E5"}', '{"a":"日"}'],
  ['{"a":null}', '{"a":null}'],
  ['{"a":-0,"b":1e10}', '{"a":0,"b":10000000000}'],
] as const;

/** The specification's test key, and signatures by it as `domain` under `ed25519:1`. */
export const signing = {
  seed: "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1",
  entity: "domain",
  keyId: "ed25519:1",
  publicKey: "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI",
  cases: [
    {
      json: {},
      signature: "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ",
    },
    {
      json: { one: 1, two: "Two" },
      signature: "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw",
    },
    {
      // derived
      json: { mxid: "@alice:example.org", token: "abc123" },
      signature: "bcYkW6mDNbs7yv/GNpvyxql/P1EWGcNiIy9tJllJQkc8cTsboPenZpQ9FOF1STsNTwsslwo4B1NjYcmSx9IGDw",
    },
  ],
} as const;

/** An unbind request as the homeserver `domain` signs it for `id.example.org` (derived). */
export const signedUnbind = {
  method: "POST",
  uri: "/_matrix/identity/v2/3pid/unbind",
  content: { mxid: "@alice:domain", threepid: { medium: "email", address: "alice@example.org" } },
  destination: "id.example.org",
  signatures: {
    destination: "j8CMYLHLzpfqPNo6Vc70cx6NEYz+h0gteWtgzJjsck5DSj+OzCawcunA/GFOTX0q1I1ykmrHvqzRoG3ksJJFBw",
    destination_is: "/K1E/9CIGjVAAURs4pC0GR4IEI37lTk+90aLlEjSKTzTeqnXF3EC3s4AoVBnDASs0dXQw3OFpEtQ14yG9J14CA",
  },
} as const;
