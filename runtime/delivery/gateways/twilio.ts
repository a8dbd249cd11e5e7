import type { Gateway } from "./gateway.js";

/** Twilio's Messages resource: `user` is the account's SID, `password` its token. */
export const twilio: Gateway = {
  method: "POST",
  url: "https://api.twilio.com/2010-04-01/Accounts/{{user}}/Messages.json",
  headers: { "Content-Type": "application/x-www-form-urlencoded", Authorization: "Basic {{basic}}" },
  body: "To=%2B{{to}}&From={{from}}&Body={{text}}",
  success: { statuses: [201] },
  // No number, a country that is not enabled, a recipient who wants nothing any more, a landline.
  rejected: { statuses: [400], json: { code: ["21211", "21408", "21610", "21614"] } },
};
