import { existsSync, readFileSync } from "node:fs";

/** The package's version. The compiled command stands two folders deeper than `package.json`, its source one less. */
export const version = (): string => {
  const candidates = ["../../package.json", "../../../package.json"].map((path) => new URL(path, import.meta.url));
  const file = candidates.find((candidate) => existsSync(candidate));
  const found: unknown = file === undefined ? undefined : JSON.parse(readFileSync(file, "utf8"));
  return typeof found === "object" && found !== null && "version" in found ? String(found.version) : "unknown";
};
