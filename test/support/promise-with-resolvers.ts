/** `Promise.withResolvers` of ECMAScript 2024, where the platform lacks it: libraries for Node.js 22 stand on it. */

interface Resolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value | PromiseLike<Value>) => void;
  readonly reject: (reason?: unknown) => void;
}

const withResolvers = <Value>(): Resolvers<Value> => {
  let resolve: Resolvers<Value>["resolve"] = () => undefined;
  let reject: Resolvers<Value>["reject"] = () => undefined;
  const promise = new Promise<Value>((onFulfilled, onRejected) => {
    resolve = onFulfilled;
    reject = onRejected;
  });
  return { promise, resolve, reject };
};

if (!("withResolvers" in Promise)) Object.defineProperty(Promise, "withResolvers", { value: withResolvers });
