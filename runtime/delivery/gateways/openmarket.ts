import type { Gateway } from "./gateway.js";

/** OpenMarket's Global SMS API, version 4. */
export const openmarket: Gateway = {
  method: "POST",
  url: "https://smsc.openmarket.com/sms/v4/mt",
  headers: { "Content-Type": "application/json", Authorization: "Basic {{basic}}" },
  body:
    '{"mobileTerminate":{"message":{"content":"{{text}}","type":"text"},"destination":{"address":"{{to}}"},' +
    '"source":{"ton":{{originator_ton}},"address":"{{originator}}"}}}',
  success: { statuses: [202] },
  rejected: {},
};
