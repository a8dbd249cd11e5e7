/** The words of messages and pages, as configured. */

import { ConfigurationError } from "../config/problem.js";
import type { Configuration } from "../config/schema.js";
import { TemplateError } from "../delivery/template-folder.js";
import { messageTemplates, type Templates } from "../delivery/templates.js";

/** @throws ConfigurationError with everything in the operator's templates that cannot be used. */
export const templatesOf = ({ mail }: Configuration): Templates => {
  // The configuration was checked: there is a language.
  const [first = "en", ...others] = mail.languages;
  try {
    return messageTemplates(mail.service_name, {
      languages: [first, ...others],
      brand: mail.brand,
      folder: mail.templates,
    });
  } catch (error) {
    throw error instanceof TemplateError ? new ConfigurationError(error.problems) : error;
  }
};
