/** The client's count of its wishes for a message: absent means the first, version 1 also sends its digits as text. */
export const sendAttemptOf = (given: number | string | undefined): number => Number(given ?? 1);
