import { BlockList, isIP } from "node:net";

/**
 * Which addresses of the network a server may connect to when strangers can choose the destination. What is not
 * plain public unicast is refused, in every notation that leads there: private, loopback, link-local, shared,
 * documentation and multicast ranges, and the IPv6 forms that carry an IPv4 address inside.
 */
export interface Destinations {
  /** Whether the literal address may be connected to. Anything that is no literal address answers false. */
  mayConnectTo(address: string): boolean;
  /** Whether the operator listed this host name, so that whatever it resolves to may be connected to. */
  isListed(hostname: string): boolean;
}

const refusedIpv4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** Inside global unicast (2000::/3), which is all that is public in IPv6: what is reserved there after all. */
const refusedIpv6: readonly (readonly [network: string, prefix: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const blockList = (ranges: typeof refusedIpv4, family: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
};

const refused4 = blockList(refusedIpv4, "ipv4");
const refused6 = blockList(refusedIpv6, "ipv6");
const global6 = blockList([["2000::", 3]], "ipv6");
const mapped6 = blockList([["::ffff:0:0", 96]], "ipv6");
const nat64 = blockList([["64:ff9b::", 96]], "ipv6");

/** Takes the brackets of a URL's host and the zone of a scoped address away. */
const bare = (host: string): string => host.replace(/^\[/, "").replace(/\]$/, "").replace(/%.*$/, "");

/** The last 32 bits of an IPv6 address as an IPv4 address. */
const embeddedIpv4 = (address: string): string => {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  // A URL writes every IPv6 address in its one shortest form, so the groups can be counted.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":");
  const [high = "", low = ""] = groups.slice(-2);
  const bits = [Number.parseInt(high || "0", 16), Number.parseInt(low || "0", 16)];
  return bits.flatMap((half) => [half >> 8, half & 255]).join(".");
};

const isPublic = (address: string, refused: BlockList): boolean => {
  const family = isIP(address);
  if (family === 4) return !refused4.check(address, "ipv4") && !refused.check(address, "ipv4");
  if (family !== 6 || refused.check(address, "ipv6")) return false;
  if (mapped6.check(address, "ipv6") || nat64.check(address, "ipv6")) return isPublic(embeddedIpv4(address), refused);
  return global6.check(address, "ipv6") && !refused6.check(address, "ipv6");
};

const listAddresses = (entries: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const entry of entries) {
    const [network = "", prefix] = entry.split("/");
    const family = isIP(bare(network));
    if (family === 0) continue;
    const longest = family === 4 ? 32 : 128;
    const bits = prefix === undefined ? longest : Number(prefix);
    if (!Number.isInteger(bits) || bits < 0 || bits > longest || prefix === "") {
      throw new RangeError(`"${entry}" is no network: after the slash belongs a number from 0 to ${longest}`);
    }
    list.addSubnet(bare(network), bits, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
};

/**
 * @param listed what the operator allows besides public addresses: host names, literal addresses, and networks
 *   such as `10.1.0.0/16`. Throws a RangeError for a network that is none.
 * @param refused public addresses and networks that the operator does not allow, unless they are listed, too.
 */
export const destinations = (listed: readonly string[] = [], refused: readonly string[] = []): Destinations => {
  const addresses = listAddresses(listed);
  const others = listAddresses(refused);
  const names = new Set(listed.filter((entry) => isIP(bare(entry.split("/")[0] ?? "")) === 0).map(lowerCase));
  return {
    mayConnectTo(address) {
      const plain = bare(address);
      const family = isIP(plain);
      if (family === 0) return false;
      return addresses.check(plain, family === 4 ? "ipv4" : "ipv6") || isPublic(plain, others);
    },
    isListed: (hostname) => names.has(lowerCase(hostname)),
  };
};

const lowerCase = (text: string): string => text.toLowerCase();
