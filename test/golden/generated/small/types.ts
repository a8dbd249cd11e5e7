/** Why a request failed. */
export interface ErrorBody {
  errcode: string;
  /** In words, for people. */
  error?: string;
}

export interface OpenSessionRequest {
  address: string;
  send_attempt?: number;
}

export interface Sid {
  sid: string;
}
