import { statSync } from "node:fs";
import { dirname } from "node:path";

/** The nearest thing that exists on the way to a folder, or the folder itself, when it is a file; or else undefined. */
export function fileInTheWay(folder: string): string | undefined {
  const found = existing(folder);
  if (found !== undefined) return found.isDirectory() ? undefined : folder;
  const above = dirname(folder);
  return above === folder ? undefined : fileInTheWay(above);
}

/** What cannot be looked at, for want of permission, is found out when it is used. */
function existing(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
