/** What a record itself holds under a key. Keys of documents may be called `constructor` or `toString`, too. */
export const memberOf = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
