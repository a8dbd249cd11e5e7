/** Where other servers reach this one. Server-Server API, "Server discovery". */

import { protocolError } from "../../protocol/errors.js";
import type { WellKnownSettings } from "../settings.js";
import type { Section } from "./context.js";

export const wellKnown = ({ server }: WellKnownSettings): Section<"getWellKnown"> => ({
  getWellKnown: () => {
    if (server === undefined) throw protocolError("M_NOT_FOUND", { error: "This server is where its name says." });
    return { status: 200, body: { "m.server": server } };
  },
});
