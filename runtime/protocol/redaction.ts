/** How an invited address is shown to strangers (Identity Service API, "Invitation storage": `display_name`). */

/** Longer than three characters keeps three; shorter keeps one; a single one keeps none. Then dots. */
const redactPart = (part: string): string => {
  const characters = [...part];
  const kept = characters.length > 3 ? 3 : characters.length > 1 ? 1 : 0;
  return `${characters.slice(0, kept).join("")}...`;
};

/** `longname@longdomain.example` becomes `lon...@lon...`: enough for whoever knows the address, no more. */
export const redactAddress = (address: string): string => address.split("@").map(redactPart).join("@");
