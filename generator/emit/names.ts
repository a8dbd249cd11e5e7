/** Names in generated code that follow from names of the documents. */

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A property key as TypeScript writes it: quoted only where it must be. */
export function propertyKey(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return identifier.test(name) || /^(?:0|[1-9]\d{0,8})$/.test(name) ? name : JSON.stringify(name);
}

/** `client-server` becomes `ClientServer`. */
export function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join("");
}
