/** This machine's own table of host names. */

import { readFile } from "node:fs/promises";
import { isIP } from "node:net";

/** Every machine calls itself this, whatever its table says (RFC 6761). */
const isThisMachine = (name: string): boolean => name === "localhost" || name.endsWith(".localhost");

const loopback = ["127.0.0.1", "::1"] as const;

/** The addresses that a table in the format of `/etc/hosts` has for a name; none where there is no such table. */
export const addressesInHosts = async (file: string, hostname: string): Promise<readonly string[]> => {
  const wanted = hostname.toLowerCase().replace(/\.$/, "");
  const text = await readFile(file, "utf8").catch(() => "");
  const found = text.split("\n").flatMap((line) => {
    const [address = "", ...names] = (line.split("#", 1)[0] ?? "").split(/\s+/).filter((word) => word !== "");
    return isIP(address) !== 0 && names.some((name) => name.toLowerCase() === wanted) ? [address] : [];
  });
  return found.length === 0 && isThisMachine(wanted) ? loopback : [...new Set(found)];
};
