/** Steps that go on at once where nothing had to wait: a promise for each would cost more than most of them do. */

export type Awaitable<Value> = Value | Promise<Value>;

export const waits = <Value>(value: Awaitable<Value>): value is Promise<Value> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** What comes next, now or when the value is there. */
export const after = <Value, Next>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Next>,
): Awaitable<Next> => (waits(value) ? value.then(next) : next(value));
