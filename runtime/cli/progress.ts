/** How far a long command has come: one line that is written over and over, for people who watch. */

/** `validationSessions` as people write it. */
export const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export interface ProgressLine {
  /** Told of every row, or now and then how many there are by now. */
  show(kind: string, rows: number): void;
  clear(): void;
}

/** To the start of the line, and nothing left of what stood there. */
const empty = "\r\u001b[K";
const every = 1_000;

/** Nothing is written where nobody watches: into a file, or another program. */
export const progressLine = (
  stream: Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean },
): ProgressLine => {
  const write = (text: string): void => {
    if (stream.isTTY) stream.write(text);
  };
  let last = { kind: "", rows: 0 };
  return {
    show: (kind, rows) => {
      if (rows < every + (kind === last.kind ? last.rows : 0)) return;
      last = { kind, rows };
      write(`${empty}${wordsOf(kind)}: ${rows}`);
    },
    clear: () => write(empty),
  };
};
