/** What is counted as one client. */

/**
 * An IPv4 address, told as such although it came through an IPv6 socket, or the /64 network that IPv6 gives to one
 * household: whoever has one may take any of its addresses for each request. Limits count wider networks besides.
 */
export const clientAddress = (remoteAddress = ""): string => {
  if (!remoteAddress.includes(":")) return remoteAddress;
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(remoteAddress);
  return mapped?.[1] ?? networkOf(remoteAddress);
};

const networkOf = (address: string): string => {
  const [head = "", tail] = address.toLowerCase().split("%", 1)[0]?.split("::", 2) ?? [];
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const filled =
    tail === undefined
      ? groups
      : [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill("0"), ...rest];
  return `${filled
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
};
