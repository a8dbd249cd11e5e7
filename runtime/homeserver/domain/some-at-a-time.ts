/** Does the work for each of the items, for at most so many of them at the same time. */
export const someAtATime = async <Item>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const left = items.values();
  const workOff = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, workOff));
};
