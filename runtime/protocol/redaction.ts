/** How an invited address is shown to strangers (Identity Service API, "Invitation storage": `display_name`). */

/** Longer than `shown` characters keeps so many; shorter keeps one; a single one keeps none. Then dots. */
const redactPart = (part: string, shown: number): string => {
  const characters = [...part];
  const kept = characters.length > shown ? shown : characters.length > 1 ? 1 : 0;
  return `${characters.slice(0, kept).join("")}...`;
};

/** `longname@longdomain.example` becomes `lon...@lon...`: enough for whoever knows the address, no more. */
export const redactAddress = (address: string, shown = 3): string =>
  address
    .split("@")
    .map((part) => redactPart(part, shown))
    .join("@");
