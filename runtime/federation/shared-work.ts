/** Whoever asks for what is being found out already, waits for the same answer. */
export type SharedWork<Value> = (key: string, work: () => Promise<Value>) => Promise<Value>;

export const sharedWork = <Value>(): SharedWork<Value> => {
  const underway = new Map<string, Promise<Value>>();
  return (key, work) => {
    const already = underway.get(key);
    if (already !== undefined) return already;
    const begun = work().finally(() => underway.delete(key));
    underway.set(key, begun);
    return begun;
  };
};
