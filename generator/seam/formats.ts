/** The string and number formats that documents name. Each takes time linear in the length of the text. */

/** Tests a text; or, for `type: "number"`, a number. Both shapes are Ajv's own. */
export type Format =
  | ((text: string) => boolean)
  | { readonly type: "number"; readonly validate: (value: number) => boolean };

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** RFC 3339, full-date. */
const date = (text: string): boolean => {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const leapDay = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return day >= 1 && day <= (daysOfMonth[month - 1] ?? 0) + leapDay;
};

/** RFC 3339, full-time: with a zone. A leap second stands only at the end of a day in UTC. */
const time = (text: string): boolean => {
  const parts = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[zZ]|([+-])(\d\d)(?::?(\d\d))?)$/.exec(text);
  if (parts === null) return false;
  const [hour, minute, second] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const [zoneHour, zoneMinute] = [Number(parts[5] ?? 0), Number(parts[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return false;
  if (second < 60) return true;
  const zone = (zoneHour * 60 + zoneMinute) * (parts[4] === "-" ? -1 : 1);
  return (hour * 60 + minute - zone + 2880) % 1440 === 1439;
};

const dateTime = (text: string): boolean =>
  /[tT\s]/.test(text.charAt(10)) && date(text.slice(0, 10)) && time(text.slice(11));

const duration = (text: string): boolean =>
  /^P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/.test(text);

/** Letters, digits and inner hyphens. */
const isLabel = (text: string): boolean => /^[a-z0-9-]+$/i.test(text) && !text.startsWith("-") && !text.endsWith("-");

/** A mail address in the plain form that documents mean: dotted atoms, and a domain of at least two labels. */
const email = (text: string): boolean => {
  const [local, domain, ...rest] = text.split("@");
  if (local === undefined || domain === undefined || rest.length > 0) return false;
  const labels = domain.split(".");
  return (
    local.split(".").every((atom) => /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+$/i.test(atom)) &&
    labels.length > 1 &&
    labels.every(isLabel)
  );
};

const hostname = (text: string): boolean => {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  return name.length <= 253 && name.split(".").every((label) => label.length <= 63 && isLabel(label));
};

const isOctet = (text: string): boolean => /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255;
/** Inside a URI, octets may have leading zeros. */
const isLooseOctet = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) <= 255;

const isDottedQuad = (text: string, octet: (text: string) => boolean): boolean => {
  const octets = text.split(".", 5);
  return octets.length === 4 && octets.every(octet);
};

const ipv4 = (text: string): boolean => isDottedQuad(text, isOctet);

const isIpv6 = (text: string, octet: (text: string) => boolean): boolean => {
  if (text.length > 45) return false;
  const halves = text.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const endsInQuad = last.includes(".") && !text.endsWith("::");
  if (endsInQuad && !isDottedQuad(last, octet)) return false;
  const plain = endsInQuad ? groups.slice(0, -1) : groups;
  const count = plain.length + (endsInQuad ? 2 : 0);
  return (
    plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) &&
    (halves.length === 1 ? count === 8 : halves.length === 2 && count <= 7)
  );
};

const ipv6 = (text: string): boolean => isIpv6(text, isOctet);

/** What may stand in the path, query and fragment of a URI, as classes of one expression each. */
const grammars = {
  uri: { path: uriText("/"), rest: uriText("/?") },
  reference: { path: uriText('/"'), rest: uriText('/?"') },
};

function uriText(more: string): RegExp {
  return new RegExp(`^(?:[a-z0-9\\-._~!$&'()*+,;=:@${more}]|%[0-9a-f]{2})*$`, "i");
}

/** An authority whose host is an address in brackets; every other authority reads as a path as well. */
const hasBracketHost = (hier: string, path: RegExp): boolean => {
  const parts = /^\/{1,2}(?:([^@[\]/]*)@)?\[([^\]]*)\](?::\d*)?(\/.*)?$/.exec(hier);
  if (parts === null) return false;
  const [, user = "", address = "", rest = ""] = parts;
  if (!/^(?:[a-z0-9\-._~!$&'()*+,;=:]|%[0-9a-f]{2})*$/i.test(user) || !path.test(rest)) return false;
  return isIpv6(address, isLooseOctet) || /^v[0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+$/i.test(address);
};

/** Splits after the scheme: the hierarchical part, and whether query and fragment fit. */
const isAfterScheme = (text: string, { path, rest }: { path: RegExp; rest: RegExp }, mayBeEmpty: boolean): boolean => {
  const hash = text.indexOf("#");
  const beforeHash = hash === -1 ? text : text.slice(0, hash);
  if (hash !== -1 && !rest.test(text.slice(hash + 1))) return false;
  const mark = beforeHash.indexOf("?");
  const hier = mark === -1 ? beforeHash : beforeHash.slice(0, mark);
  if (mark !== -1 && !rest.test(beforeHash.slice(mark + 1))) return false;
  if (hier === "") return mayBeEmpty;
  return path.test(hier) || hasBracketHost(hier, path);
};

const schemeOf = (text: string): string => /^[a-z][a-z0-9+\-.]*:/i.exec(text)?.[0] ?? "";

/** RFC 3986, absolute, with something after the scheme. */
const uri = (text: string): boolean => {
  const scheme = schemeOf(text);
  return scheme !== "" && isAfterScheme(text.slice(scheme.length), grammars.uri, false);
};

const uriReference = (text: string): boolean =>
  isAfterScheme(text.slice(schemeOf(text).length), grammars.reference, true);

const uuid = (text: string): boolean => /^(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);

const jsonPointer = (text: string): boolean => text === "" || (text.startsWith("/") && !/~(?![01])/.test(text));

/** Standard base64 with its padding. */
const byte = (text: string): boolean => text.length % 4 === 0 && /^[a-z0-9+/]*={0,2}$/i.test(text);

const int32 = (value: number): boolean => Number.isInteger(value) && value >= -0x80000000 && value <= 0x7fffffff;

/** Beyond these JSON numbers lose digits on their way, so that larger ones are refused. */
const int64 = (value: number): boolean => Number.isSafeInteger(value);

/**
 * By name, ready for Ajv's `addFormat`. Names that are absent mean nothing and are to be ignored, among them
 * `binary`, `password` and whatever a document invents.
 */
export const formats: Readonly<Record<string, Format>> = {
  date,
  time,
  "date-time": dateTime,
  duration,
  email,
  hostname,
  ipv4,
  ipv6,
  uri,
  "uri-reference": uriReference,
  uuid,
  "json-pointer": jsonPointer,
  byte,
  int32: { type: "number", validate: int32 },
  int64: { type: "number", validate: int64 },
  float: { type: "number", validate: Number.isFinite },
  double: { type: "number", validate: Number.isFinite },
};
