/**
 * Names of types. A schema file is called after itself (`request_email_validation.yaml`: RequestEmailValidation), a
 * definition inside a document after its key, a body that stands where it is used after its operation.
 *
 * Where several schema files of the tree share a name, one of them keeps it: the one in the service's own folder,
 * then the one nearest to the root, then the first by path. The others get the folders in front that tell them apart
 * (IdentityRequestEmailValidation), without those that the service's own documents lie in, too. What counts is which files exist, not which are reached, so that another document
 * never renames a type. A name that hides a global of the language (Error, Object, Map) ends in Body; one that begins
 * with a digit begins with Type. `names` in services.yaml overrules all of it, for operations too.
 */

/** Global names of JavaScript, the DOM and TypeScript's library that a schema could plausibly be called. */
const globals = new Set(
  (
    "Array ArrayBuffer Blob Boolean Buffer Cache Crypto DataView Date Document Element Error Event Exclude Extract File " +
    "FormData Function Headers History Infinity Iterator JSON Location Lock Map Math Message Module NaN Navigator Node " +
    "NonNullable Notification Number Object Omit Option Parameters Partial Performance Pick Promise Proxy Range " +
    "RangeError ReadableStream Readonly Record Reflect RegExp Report Request Required Response Selection Set Storage String Symbol " +
    "SyntaxError Text TypeError Uint8Array Undefined Uppercase URL WeakMap WeakSet Window Worker"
  ).split(" "),
);

/** Words joined without separators, each beginning in upper case; the rest of each word stays as it is. */
export const pascalCase = (text: string): string =>
  text
    .split(/[^\p{L}\p{Nd}]+/u)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

/** A type name for any text. */
export const typeName = (text: string): string => {
  const name = pascalCase(text);
  if (name === "") return "Unnamed";
  if (/^\p{Nd}/u.test(name)) return `Type${name}`;
  return globals.has(name) ? `${name}Body` : name;
};

const withoutExtension = (file: string): string => file.replace(/\.(ya?ml|json)$/u, "");
const baseName = (file: string): string => withoutExtension(file.slice(file.lastIndexOf("/") + 1));
const foldersOf = (file: string): readonly string[] => file.split("/").slice(0, -1);

const sameName = (a: string, b: string): boolean => typeName(a).toLowerCase() === typeName(b).toLowerCase();

/** Folders that say only that something is defined in them. */
const isSilent = (folder: string): boolean => /^(definitions|schemas?|components|types)$/u.test(folder);

/** What the planner knows of the tree: all its files, and which of them are entry documents rather than schemas. */
export interface Tree {
  /** Relative to the root. */
  readonly files: readonly string[];
  readonly isDocument: (file: string) => boolean;
}

/** The names of schema files, for a service whose own documents live in the folder `home`. */
export class FileNames {
  private readonly groups = new Map<string, string[]>();
  private readonly names = new Map<string, string>();
  private readonly home: string;
  private readonly around: readonly string[];
  private readonly isDocument: (file: string) => boolean;

  constructor({ files, isDocument }: Tree, home: string) {
    this.home = home === "" ? "" : `${home}/`;
    this.around = foldersOf(home);
    this.isDocument = isDocument;
    for (const file of files) {
      const key = typeName(baseName(file)).toLowerCase();
      const group = this.groups.get(key);
      if (group === undefined) this.groups.set(key, [file]);
      else group.push(file);
    }
  }

  nameOf(file: string): string {
    const known = this.names.get(file);
    if (known !== undefined) return known;
    const name = typeName(this.isFirst(file) ? baseName(file) : this.qualified(file));
    this.names.set(file, name);
    return name;
  }

  private rivals(file: string): readonly string[] {
    const group = this.groups.get(typeName(baseName(file)).toLowerCase()) ?? [];
    return group.filter((rival) => rival !== file && !this.isDocument(rival));
  }

  private isFirst(file: string): boolean {
    return this.rivals(file).every((rival) => this.precedes(file, rival));
  }

  private precedes(a: string, b: string): boolean {
    const isHome = (file: string): number => (file.startsWith(this.home) ? 0 : 1);
    const order = isHome(a) - isHome(b) || foldersOf(a).length - foldersOf(b).length;
    return order === 0 ? a < b : order < 0;
  }

  private qualified(file: string): string {
    const speaking = this.speaking(file);
    const taken = this.rivals(file).some((rival) =>
      [baseName(rival), this.speaking(rival)].some((other) => sameName(other, speaking)),
    );
    return taken ? [...foldersOf(file), baseName(file)].join(" ") : speaking;
  }

  /** The folders that say where a file stands, seen from beside the service's own, and its name. */
  private speaking(file: string): string {
    const folders = foldersOf(file);
    const isAround = this.around.every((folder, index) => folders[index] === folder);
    const telling = isAround ? folders.slice(this.around.length) : folders;
    return [...telling.filter((folder) => !isSilent(folder)), baseName(file)].join(" ");
  }
}

/** The name of a schema inside a file: its key for a definition, else the file's name and its last telling key. */
export const innerName = (fileName: string, keys: readonly string[]): string => {
  const last = keys.at(-1) ?? "";
  const isDefinition =
    (keys.length === 2 && (keys[0] === "definitions" || keys[0] === "$defs")) ||
    (keys.length === 3 && keys[0] === "components" && keys[1] === "schemas");
  if (isDefinition) return typeName(last);
  return typeName(
    `${fileName} ${keys.filter((key) => !/^(properties|items|schema|allOf|anyOf|oneOf)$/u.test(key)).join(" ")}`,
  );
};

export const requestName = (operationId: string): string => `${pascalCase(operationId)}Request`;

/** `status` is left out for the operation's first success. */
export const responseName = (operationId: string, status: string | undefined): string =>
  `${pascalCase(operationId)}Response${status === undefined ? "" : pascalCase(status)}`;

/** An operation id for a document that gives none: `post /account/3pid` is postAccount3pid. */
export const operationIdOf = (method: string, path: string): string =>
  method.toLowerCase() + pascalCase(path.replaceAll(/\{([^}]*)\}/gu, " by $1 "));

/** A service's name out of any words: lower case, joined by hyphens; empty when none of its letters can be kept. */
export const serviceNameOf = (words: string): string => {
  const plain = words.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const name = plain.replaceAll(/[^a-z0-9]+/gu, "-").replaceAll(/^[-0-9]+|-+$/gu, "");
  return name === "seam" ? "seam-api" : name;
};
