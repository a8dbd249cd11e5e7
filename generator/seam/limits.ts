/** What ends a call before its answer does: its time, and the signals of its caller. */

/** One attempt took longer than `timeoutMs`. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
  readonly operation: string;

  constructor(operation: string, milliseconds: number) {
    super(`${operation} was not answered within ${milliseconds} ms`);
    this.operation = operation;
  }
}

type Signals = readonly (AbortSignal | undefined)[];

/** The limits of one attempt. */
export interface Limits {
  /** Aborted when the time is over, with the caller's signals, or by `abort`. */
  readonly signal: AbortSignal;
  /** Time no longer counts: the answer has begun, and may be long. */
  timeless(): void;
  /** Lets go of clock and signals. */
  end(): void;
  /** Ends what is still under way. */
  abort(reason: unknown): void;
}

export const limitsOf = (operation: string, milliseconds: number, signals: Signals): Limits => {
  const controller = new AbortController();
  const timer =
    milliseconds > 0
      ? setTimeout(() => controller.abort(new TimedOut(operation, milliseconds)), milliseconds)
      : undefined;
  const abort = (reason: unknown) => controller.abort(reason);
  const release = following(signals, abort);
  const timeless = () => clearTimeout(timer);
  const end = () => {
    timeless();
    release();
  };
  return { signal: controller.signal, timeless, end, abort };
};

/**
 * A stream goes on after its call was answered, and so does the caller's right to end it: the limits' signal ends it,
 * and its own end is theirs. `faultOf` says what an error of the connection is.
 */
export const limited = (
  body: ReadableStream<Uint8Array>,
  limits: Limits,
  faultOf: (error: unknown) => unknown,
): ReadableStream<Uint8Array> => {
  const reader = body.getReader();
  return new ReadableStream(
    {
      start: (controller) => {
        limits.signal.addEventListener("abort", () => {
          controller.error(limits.signal.reason);
          void reader.cancel(limits.signal.reason).catch(() => undefined);
          limits.end();
        });
      },
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          limits.end();
          controller.close();
        } catch (error) {
          limits.end();
          throw faultOf(error);
        }
      },
      cancel: (reason) => {
        limits.end();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
};

/** Calls back when the first signal is aborted, at once if one is; answers how to stop listening. */
const following = (signals: Signals, aborted: (reason: unknown) => void): (() => void) => {
  const listeners: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    const listener = () => aborted(signal.reason);
    if (signal.aborted) listener();
    signal.addEventListener("abort", listener);
    listeners.push(() => signal.removeEventListener("abort", listener));
  }
  return () => {
    for (const remove of listeners) remove();
  };
};

/** Waits, unless a signal ends that. */
export const pause = async (milliseconds: number, signals: Signals): Promise<void> => {
  const controller = new AbortController();
  const release = following(signals, (reason) => controller.abort(reason));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      if (controller.signal.aborted) reject(controller.signal.reason);
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
      timer = setTimeout(resolve, milliseconds);
    });
  } finally {
    clearTimeout(timer);
    release();
  }
};
