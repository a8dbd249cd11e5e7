/** How long another server asks to be left alone. */

const dayMs = 86_400_000;

/**
 * In milliseconds, a day at most: by the header `Retry-After` in seconds, or by what it was before it was a header;
 * undefined where neither says.
 */
export const retryAfterMs = (
  header: string | null | undefined,
  { retry_after_ms: hint }: Readonly<Record<string, unknown>>,
): number | undefined => {
  if (typeof header === "string" && /^\d+$/.test(header)) return Math.min(Number(header) * 1000, dayMs);
  return typeof hint === "number" && hint >= 0 ? Math.min(Math.ceil(hint), dayMs) : undefined;
};
