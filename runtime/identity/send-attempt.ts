/** The client's count of its wishes for a message: absent means the first (version 1), and digits may come as text. */
export const sendAttemptOf = (given: number | string | undefined): number => Number(given ?? 1);
