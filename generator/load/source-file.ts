import type { Located } from "./locate.js";

/** A file that was read and parsed. */
export interface SourceFile extends Located {
  /** With symbolic links or redirects followed, a path or a URL: the identity of everything in the file. */
  readonly path: string;
  readonly sha256: string;
  readonly data: unknown;
}
