/** Several services behind one port: a homeserver speaks two versions of one API, and the one of other servers. */

import type { RawRequest, Server } from "../../generated/seam/server.js";

/**
 * Each request goes to the first service that has its path, whatever its method. What none has goes to the first of all:
 * "no such endpoint" is said once, in its words.
 */
export const joinedServices = (first: Server, ...others: readonly Server[]): Server => {
  const services = [first, ...others];
  const serving = (target: string): Server | undefined => services.find((service) => service.serves(target));
  const of = (target: string): Server => serving(target) ?? first;
  return {
    answer: (request: RawRequest) => of(request.target).answer(request),
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      return of(pathname + search).fetch(request);
    },
    serves: (target) => serving(target) !== undefined,
  };
};
