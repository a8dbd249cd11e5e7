import { describe, expect, it } from "vitest";
import {
  isClientSecret,
  isKeyId,
  isNewLocalpart,
  isRoomId,
  isServerName,
  isStrictUserId,
  isValidationToken,
  parseServerName,
  parseUserId,
} from "../../../runtime/protocol/identifiers.js";

describe("server names", () => {
  it.each([
    ["matrix.org", { host: "matrix.org", port: undefined, kind: "dns" }],
    ["matrix.org:8888", { host: "matrix.org", port: 8888, kind: "dns" }],
    ["1.2.3.4", { host: "1.2.3.4", port: undefined, kind: "ipv4" }],
    ["1.2.3.4:1234", { host: "1.2.3.4", port: 1234, kind: "ipv4" }],
    ["[1234:5678::abcd]", { host: "[1234:5678::abcd]", port: undefined, kind: "ipv6" }],
    ["[::1]:5678", { host: "[::1]", port: 5678, kind: "ipv6" }],
    ["[::ffff:1.2.3.4]", { host: "[::ffff:1.2.3.4]", port: undefined, kind: "ipv6" }],
    ["Upper.Example", { host: "Upper.Example", port: undefined, kind: "dns" }],
  ])("splits %s", (given, want) => {
    expect(parseServerName(given)).toEqual(want);
  });

  it.each([
    "",
    ":80",
    "a.example:",
    "a.example:0",
    "a.example:65536",
    "a.example:123456",
    "a.example:80:80",
    "1.2.3.256",
    "999.1.1.1:80",
    "[::1",
    "::1",
    "[]",
    "[1:2:3]",
    "[1::2::3]",
    "[12345::]",
    "[1:2:3:4:5:6:7:8:9]",
    "a_b.example",
    "a b",
    "a/b",
    "user@host",
    "ex\u00e4mple.org",
    "a.example\n",
    "a".repeat(256),
  ])("refuses %j", (given) => {
    expect(isServerName(given)).toBe(false);
  });
});

describe("user ids", () => {
  it.each([
    ["@alice:example.org", "alice", "example.org", true],
    ["@a=b/c+d._-1:example.org:8448", "a=b/c+d._-1", "example.org:8448", true],
    ["@Alice:example.org", "Alice", "example.org", false],
    ["@:example.org", "", "example.org", false],
    ["@ä 😀:example.org", "ä 😀", "example.org", false],
    ["@a:[::1]:80", "a", "[::1]:80", true],
  ])("splits %s", (given, localpart, serverName, strict) => {
    expect(parseUserId(given)).toEqual({ localpart, serverName });
    expect(isStrictUserId(given)).toBe(strict);
  });

  it.each(["alice:example.org", "@alice", "@alice:", "@a\0b:c", "@a:b c", "@\ud800:c", `@${"a".repeat(255)}:c`, ""])(
    "refuses %j",
    (given) => {
      expect(parseUserId(given)).toBeUndefined();
    },
  );

  it.each([
    ["alice", true],
    ["Alice", false],
    ["", false],
    ["a:b", false],
    ["a".repeat(242), true],
    ["a".repeat(243), false],
  ])("lets a new account be called %s: %s", (localpart, want) => {
    expect(isNewLocalpart(localpart, "example.org")).toBe(want);
  });
});

describe("opaque identifiers", () => {
  it.each([
    [isClientSecret, "monkeys_are_GREAT.=-0", true],
    [isClientSecret, "a".repeat(255), true],
    [isClientSecret, "a".repeat(256), false],
    [isClientSecret, "", false],
    [isClientSecret, "d0n'tT3ll", false],
    [isClientSecret, "abc\n", false],
    [isValidationToken, "💥".repeat(255), true],
    [isValidationToken, "a".repeat(256), false],
    [isValidationToken, "", false],
    [isKeyId, "ed25519:0", true],
    [isKeyId, "ed25519:auto_1", true],
    [isKeyId, "ed25519:a-b", false],
    [isKeyId, "ed25519", false],
    [isKeyId, "ed25519:", false],
    [isRoomId, "!abc:example.org", true],
    [isRoomId, "!hash-without-domain", true],
    [isRoomId, "#abc:example.org", false],
    [isRoomId, "!a b:example.org", false],
    [isRoomId, `!${"a".repeat(255)}`, false],
  ])("%o of %j is %s", (is, text, want) => {
    expect(is(text)).toBe(want);
  });
});
