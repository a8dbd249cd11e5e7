import { invalidParam } from "../../protocol/errors.js";
import { isPlainLine } from "../../protocol/well-formed.js";

/** In UTF-16 units. What many devices have is kept for long, and shown in lists. */
const maxLength = 255;

/**
 * The text that a client gave by this name, which is stored. One that a store would give back as another names nothing
 * ever after: a device of such an id could never be logged out. Throws M_INVALID_PARAM.
 */
export const plainLine = <Text extends string | undefined>(name: string, text: Text): Text => {
  if (text !== undefined && !isPlainLine(text)) {
    throw invalidParam(name, "must be well-formed text without control characters");
  }
  if (text !== undefined && text.length > maxLength)
    throw invalidParam(name, `must have ${maxLength} characters at most`);
  return text;
};
