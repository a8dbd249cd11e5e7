import { memberOf } from "../member.js";
import type { Schema } from "../model/model.js";
import { formats } from "../seam/formats.js";
import type { Choices } from "./choices.js";
import { textMatching } from "./pattern.js";

/** Texts of the formats that are checked; the first of each is the plainest. */
const samples: Readonly<Record<string, readonly string[]>> = {
  date: ["2026-01-01", "2024-02-29"],
  time: ["00:00:00Z", "23:59:59.5+01:00"],
  "date-time": ["2026-01-01T00:00:00Z", "2024-02-29T23:59:59.999+01:00"],
  duration: ["PT1S", "P1Y2M3DT4H5M6S", "P4W"],
  email: ["someone@example.org", "a.b+c@mail.example.com"],
  hostname: ["example.org", "a", "xn--bcher-kva.example"],
  ipv4: ["192.0.2.1", "0.0.0.0"],
  ipv6: ["2001:db8::1", "::"],
  uri: ["https://example.org/", "https://example.org/a?b=c#d", "urn:example:a"],
  "uri-reference": ["/path", "https://example.org/", "#part"],
  uuid: ["00000000-0000-4000-8000-000000000000", "123e4567-e89b-42d3-a456-426614174000"],
  "json-pointer": ["/a", "", "/a~1b/0"],
  byte: ["dGV4dA==", ""],
};

const words = ["string", "a", "two words", "\u00e4\u00f6\u00fc", "\u6f22\u5b57", "\u{1f600}", "'\"<&>\\", ""];

/** Cut or padded to the length that is asked for, counted in code points. */
function sized(text: string, least: number, most: number): string {
  const points = [...text].slice(0, most);
  return points.join("") + "a".repeat(Math.max(0, least - points.length));
}

/** A text that matches a pattern is often of the format, too, once it is a little longer. */
function textOfBoth(
  pattern: string,
  format: string,
  choices: Choices,
  { least, most }: { readonly least: number; readonly most: number },
): string | undefined {
  const known = memberOf(formats, format);
  const isOfFormat = (text: string): boolean => typeof known !== "function" || known(text);
  // One after the other: each text that is made uses choices up.
  for (const more of [0, 1, 8]) {
    const text = textMatching(pattern, choices, { least: Math.min(least + more, most), most });
    if (text === undefined || isOfFormat(text)) return text;
  }
  return undefined;
}

export function textFor(schema: Schema, choices: Choices): string {
  const { pattern, format = "", minLength: least = 0, maxLength: most = Number.POSITIVE_INFINITY } = schema;
  if (pattern !== undefined) {
    const matching = textOfBoth(pattern, format, choices, { least, most });
    if (matching !== undefined) return matching;
  }
  const known = memberOf(samples, format);
  if (known !== undefined) return known[choices.below(known.length)] ?? "";
  return sized(words[choices.below(words.length)] ?? "", least, most);
}
