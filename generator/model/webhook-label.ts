/**
 * The label of a webhook or callback: the path under which a receiver and a sender made of one document meet. Where
 * the request really goes is for whoever receives it to say.
 */

/** What an expression stands for is told by its last word: `{$request.body#/user/id}` is an id. */
const wordOf = (expression: string): string =>
  expression.split(/[^\p{L}\p{Nd}_]+/u).findLast((word) => word !== "") ?? "part";

/** The path behind the URL that an expression begins with, without host and query. */
const behind = (expression: string): string =>
  expression.replace(/^(?:\$.*$|\{\$[^{}]*\}|[a-z]+:\/\/[^/]*)/iu, "").replace(/[?#](?![^{}]*\}).*$/u, "");

/** A segment that says something of its own, or one that only the request tells. */
const segmentOf = (text: string): string =>
  /\{[^{}]*\}/u.exec(text)?.[0] ?? text.replaceAll(/[^\p{L}\p{Nd}._~-]+/gu, "-");

/** `name` in front, then whatever path the expression of a callback says itself. */
export const labelOf = (name: string, expression = ""): string => {
  const rest = behind(expression).replaceAll(/\{\$([^{}]*)\}/gu, (_text, inner: string) => `{${wordOf(inner)}}`);
  const segments = `${name}/${rest}`.split("/").filter((segment) => segment !== "");
  return `/${segments.map(segmentOf).join("/")}`;
};
