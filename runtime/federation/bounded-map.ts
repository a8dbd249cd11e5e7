/** What is remembered of strangers' servers, as long as there is room: whoever was not asked for longest is forgotten. */
export interface BoundedMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/**
 * @param room how much is remembered, in whatever `sizeOf` counts
 * @param sizeOf how much of it a value takes, always the same for one value; without it each takes one
 */
export const boundedMap = <Value>(room: number, sizeOf: (value: Value) => number = () => 1): BoundedMap<Value> => {
  // A map keeps the order in which entries were put in.
  const entries = new Map<string, Value>();
  let taken = 0;
  const remove = (key: string): void => {
    const value = entries.get(key);
    if (value === undefined) return;
    entries.delete(key);
    taken -= sizeOf(value);
  };
  const put = (key: string, value: Value): void => {
    remove(key);
    entries.set(key, value);
    taken += sizeOf(value);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set(key, value) {
      put(key, value);
      for (const oldest of entries.keys()) {
        if (taken <= room) return;
        remove(oldest);
      }
    },
    delete: remove,
  };
};
