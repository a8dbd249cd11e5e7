/** Names in generated code that follow from names of the documents. */

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A property key as TypeScript writes it: quoted only where it must be. */
export function propertyKey(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return identifier.test(name) || /^(?:0|[1-9]\d{0,8})$/.test(name) ? name : JSON.stringify(name);
}
