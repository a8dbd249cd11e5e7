/** Headers that every answer carries, and those of answers that browsers show as pages. */

/** Cross-origin access for web clients, on errors and pages too: what all versions of both APIs ask for, united. */
export const corsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
  "access-control-allow-headers": "Origin, X-Requested-With, Content-Type, Accept, Authorization",
} as const;

/**
 * Pages are opened from mails with a secret in their address: nothing is loaded, nobody frames them, and no other
 * site learns where the person came from. A handler's own headers win.
 */
export const htmlHeaders = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
} as const;
