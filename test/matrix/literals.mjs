// Values of a schema, and the same with one field left out or of another type: as literals for a compiler.

const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A value of another type than the one given. */
const another = (value) => (typeof value === "string" ? 7 : "of another type");

/** How deep a value is spoiled. */
const deepest = 5;

/** The value with one field left out, or one value of another type, at each place. */
function* spoiled(value, depth = 0) {
  yield ["mistyped", another(value)];
  if (depth >= deepest) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.slice(0, 3).entries())
      for (const [mutant, other] of spoiled(item, depth + 1)) yield [mutant, value.with(index, other)];
  }
  if (!isRecord(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const { [name]: _gone, ...rest } = value;
    yield ["missing", rest];
    for (const [mutant, other] of spoiled(inner, depth + 1)) yield [mutant, { ...value, [name]: other }];
  }
}

const bySize = (a, b) => b.length - a.length || (a < b ? -1 : 1);

/** Some of many, evenly spread. */
export const spread = (items, most) =>
  items.length <= most ? items : Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)]);

/**
 * Literals with the check's verdict on each: of the values that fit, the first, the longest and some between; and what
 * spoils them.
 */
export function literalsOf(fitting, check, { values, mutants }) {
  const texts = [...new Set(fitting.map((value) => JSON.stringify(value)))];
  const chosen = new Set([...texts.slice(0, 1), ...spread([...texts].sort(bySize), values - 1)]);
  const broken = new Map();
  for (const text of chosen) {
    for (const [mutant, value] of spoiled(JSON.parse(text))) {
      const changed = JSON.stringify(value);
      if (!chosen.has(changed)) broken.set(changed, { text: changed, fits: check(value) === undefined, mutant });
    }
  }
  const all = [...broken.values()];
  const refused = (kind) => all.filter(({ fits, mutant }) => !fits && mutant === kind);
  const accepted = all.filter(({ fits }) => fits);
  return [
    ...[...chosen].map((text) => ({ text, fits: true })),
    ...spread(refused("missing"), mutants / 2),
    ...spread(refused("mistyped"), mutants / 2),
    // What is left out of or changed in a value may still fit: then it has to compile.
    ...spread(accepted, mutants / 4),
  ];
}

/**
 * A module that compiles when types and checks agree; each literal stands on one line. JSON may hold fields that nobody
 * knows, literals may not: what was changed and still fits goes through a call, which looks at the shape alone.
 */
export function moduleOf(subjects, from) {
  const lines = [
    `import type * as T from "${from}/types.js";`,
    `import type { Operations } from "${from}/operations.js";`,
    "declare const as: <Type>() => <Value extends Type>(value: Value) => Value;",
  ];
  const places = new Map();
  for (const subject of subjects) {
    for (const literal of subject.literals) {
      const { text, fits, mutant } = literal;
      if (!fits) lines.push("// @ts-expect-error");
      const name = `export const v${places.size}`;
      const isOpen = fits && mutant !== undefined;
      lines.push(isOpen ? `${name} = as<${subject.type}>()(${text});` : `${name}: ${subject.type} = ${text};`);
      places.set(lines.length, { subject, literal });
    }
  }
  lines.push("export type { Operations, T };", "");
  return { text: lines.join("\n"), places };
}
