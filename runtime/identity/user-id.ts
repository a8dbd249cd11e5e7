/** User IDs in bodies: the documents check their first character, the grammar is checked here. */

import { invalidParam } from "../protocol/errors.js";
import { parseUserId, type UserId } from "../protocol/identifiers.js";

/** The parts of a user ID. Throws M_INVALID_PARAM naming the field. */
export const requireUserId = (field: string, text: string): UserId => {
  const userId = parseUserId(text);
  if (userId === undefined) throw invalidParam(field, "must be a user ID such as @alice:example.org");
  return userId;
};
