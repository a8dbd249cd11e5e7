/** Whether an answer holds what it is asked for. */

import type { AnswerTest } from "./gateways/gateway.js";

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The value at a place such as `messages.0.status`, as text; undefined where there is none, or no plain value. */
const valueAt = (value: unknown, place: string): string | undefined => {
  let at = value;
  for (const step of place.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = Reflect.get(at, step);
  }
  return typeof at === "string" || typeof at === "number" || typeof at === "boolean" ? String(at) : undefined;
};

export const isAnswer = (
  answer: { readonly status: number; readonly text: string },
  { statuses, json, text }: AnswerTest,
): boolean => {
  if (statuses !== undefined && !statuses.includes(answer.status)) return false;
  if (text !== undefined && !answer.text.includes(text)) return false;
  if (json === undefined) return true;
  const value = parsed(answer.text);
  return Object.entries(json).every(([place, wanted]) => {
    const found = valueAt(value, place);
    return found !== undefined && wanted.includes(found);
  });
};
