import type { Binding } from "../../ports/recorded-bindings.js";

/** Names one threepid of one user at one identity server. It begins with the user ID and a space. */
export const bindingName = ({ mxid, idServer, medium, address }: Binding): string =>
  `${mxid} ${idServer} ${medium} ${address}`;

/**
 * Does what is asked for one binding after whatever else was: an identity server hears of binding and unbinding in the
 * order in which they are recorded here, and nobody acts on a record whose answer is still out.
 */
export type BindingTurns = <Result>(binding: Binding, work: () => Promise<Result>) => Promise<Result>;

/** For everything in this process that binds and unbinds, which is all that has the database. */
export const bindingTurns = (): BindingTurns => {
  const last = new Map<string, Promise<void>>();
  return async (binding, work) => {
    const name = bindingName(binding);
    const result = (last.get(name) ?? Promise.resolve()).then(work);
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    last.set(name, ended);
    try {
      return await result;
    } finally {
      if (last.get(name) === ended) last.delete(name);
    }
  };
};
