/** Whether a text has a UTF-8 spelling: no half of a surrogate pair stands alone. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** Whether a text is one line that every store and log keeps as it is: well-formed, and without control characters. */
export const isPlainLine = (text: string): boolean => !/[\p{Surrogate}\p{Cc}]/u.test(text);
