import type { Medium } from "../../protocol/threepid.js";
import type { HomeserverSettings } from "../settings.js";

/** Where this homeserver takes the tokens of its own sessions: by POST from clients, by GET from opened links. */
export const submitUrl = ({ publicBaseUrl }: Pick<HomeserverSettings, "publicBaseUrl">, medium: Medium): string =>
  `${publicBaseUrl}/_threepid/client/r0/validate/${medium}/submitToken`;
