import type { ThreepidCredentials } from "./domain/threepid-proof.js";

/** A validated session, as the documents of every era type it. */
export interface ThreepidCreds {
  readonly sid: string;
  readonly client_secret: string;
  readonly id_server?: string | undefined;
  readonly id_access_token?: string | undefined;
}

export const threepidCredentials = (creds: ThreepidCreds): ThreepidCredentials => ({
  sid: creds.sid,
  clientSecret: creds.client_secret,
  idServer: creds.id_server,
  idAccessToken: creds.id_access_token,
});
