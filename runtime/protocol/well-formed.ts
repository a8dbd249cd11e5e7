/** Whether a text has a UTF-8 spelling: no half of a surrogate pair stands alone. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
