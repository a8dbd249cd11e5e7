/** A certificate authority of the tests: makes X.509 certificates, in DER by hand, so that no tool is needed. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** As PEM: what trusts this, trusts every certificate it issues. */
  readonly certificate: string;
  /** A certificate for these host names and addresses; valid for a year around now unless it says otherwise. */
  issue(names: readonly string[], validity?: Validity): Certificate;
}

export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

const dayMs = 86_400_000;
const aroundNow = (): Validity => ({ from: new Date(Date.now() - dayMs), until: new Date(Date.now() + 364 * dayMs) });

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]) => der(0x31, ...parts);
const octets = (content: Uint8Array) => der(0x04, content);
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content);
/** A wrapper that the surrounding structure knows by its number. */
const tagged = (number: number, content: Uint8Array) => der(0xa0 | number, content);
const integer = (...bytes: number[]) => der(0x02, Buffer.from(bytes));
const isTrue = der(0x01, Buffer.from([0xff]));

const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const commonName = oid("550403");
const subjectAltName = oid("551d11");
const basicConstraints = oid("551d13");
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

const name = (text: string) => sequence(set(sequence(commonName, der(0x0c, Buffer.from(text)))));

/** UTCTime: two digits of the year, and the rest of the usual order. */
const time = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().replace(/^..|[-:T]|\..*$/g, "")}Z`, "latin1"));

const addressBytes = (address: string): Buffer => {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const zeros = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: zeros }, () => "0"), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
};

const altName = (host: string) =>
  isIP(host) === 0 ? der(0x82, Buffer.from(host, "latin1")) : der(0x87, addressBytes(host));

interface Contents {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly validity: Validity;
  readonly extension: Uint8Array;
}

const certificate = ({ issuer, subject, publicKey, validity, extension }: Contents, issuerKey: KeyObject): string => {
  const contents = sequence(
    tagged(0, integer(2)),
    // A serial number is positive.
    integer(1, ...randomBytes(8)),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(validity.from), time(validity.until)),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(extension)),
  );
  const signed = sequence(contents, ecdsaWithSha256, bits(sign("sha256", contents, issuerKey)));
  return `-----BEGIN CERTIFICATE-----\n${signed.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;
};

const keyPair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

let made = 0;

export const authority = (): Authority => {
  made += 1;
  const issuer = `Authority ${made} of the tests`;
  const own = keyPair();
  return {
    certificate: certificate(
      {
        issuer,
        subject: issuer,
        publicKey: own.publicKey,
        validity: aroundNow(),
        extension: sequence(basicConstraints, isTrue, octets(sequence(isTrue))),
      },
      own.privateKey,
    ),
    issue: (names, validity = aroundNow()) => {
      const { publicKey, privateKey } = keyPair();
      const extension = sequence(subjectAltName, octets(sequence(...names.map(altName))));
      return {
        cert: certificate({ issuer, subject: "server", publicKey, validity, extension }, own.privateKey),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
};
