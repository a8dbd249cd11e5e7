/** What an identity server may do to a homeserver that asks it. */

import type { World } from "./world.js";

export const answerInstead =
  (status: number, body: string) =>
  (world: World, path: RegExp): void => {
    world.relay.intercept = (asked) => (path.test(asked) ? { status, body } : undefined);
  };
/** Ends the connection without a word. */
export const hangUp = (world: World, path: RegExp): void => {
  world.relay.intercept = (asked) => (path.test(asked) ? "hang-up" : undefined);
};
export const letThrough = (world: World): void => {
  world.relay.intercept = undefined;
};
export const matrixError = (errcode: string): string => JSON.stringify({ errcode, error: "The other server said so." });
