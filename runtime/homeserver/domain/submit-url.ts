import type { Medium } from "../../protocol/threepid.js";
import type { HomeserverSettings } from "../settings.js";

/** Each era has a path of its own, below which its clients find everything. */
export type SubmitPath = "/_threepid/client/r0" | "/_threepid/client/v3";

/** Where this homeserver takes the tokens of its own sessions: by POST from clients, by GET from opened links. */
export const submitUrl = (
  { publicBaseUrl }: Pick<HomeserverSettings, "publicBaseUrl">,
  path: SubmitPath,
  medium: Medium,
): string => `${publicBaseUrl}${path}/validate/${medium}/submitToken`;
