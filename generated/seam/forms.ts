/** The fields of forms: from pairs and parts to values, and back to parts. */

import type { Parameter } from "./contract.js";
import type { RepeatedKey, Values } from "./decode.js";
import { pick, Refusal } from "./decode.js";
import { BrokenForm, type FormPart, type OutgoingPart, readForm, textOf } from "./multipart.js";

/** Whether a media type, or a range such as `image/*`, stands for another one. */
export const covers = (range: string, mediaType: string): boolean => {
  if (mediaType === "") return false;
  return range === mediaType || range === "*/*" || (range.endsWith("/*") && mediaType.startsWith(range.slice(0, -1)));
};

/** Whether a field is a file, or a list of them. */
export const isFile = ({ type, items }: Parameter): boolean => type === "file" || items === "file";

/** The fields that a multipart form has a value for; files arrive as `File`. */
export const decodeMultipart = (
  fields: readonly Parameter[],
  bytes: Uint8Array,
  contentType: string,
  repeated: RepeatedKey,
): Values | Refusal => {
  // Whatever the bytes lay in before, files need memory of their own.
  const parts = readForm(new Uint8Array(bytes), contentType);
  if (parts instanceof BrokenForm) return new Refusal({ kind: "not-multipart", why: parts.why });
  const byName = new Map<string, FormPart[]>();
  for (const part of parts) {
    const known = byName.get(part.name);
    if (known === undefined) byName.set(part.name, [part]);
    else known.push(part);
  }
  for (const { name, contentType: accepts = [] } of fields) {
    const strange = byName.get(name)?.some((part) => !isAccepted(part, accepts));
    if (strange === true) return new Refusal({ kind: "unsupported-media-type", accepts, field: name });
  }
  const texts = fields.filter((field) => !isFile(field));
  const unread = texts.some(({ name }) => byName.get(name)?.some(({ content }) => textOf(content) === undefined));
  if (unread) return new Refusal({ kind: "not-multipart", why: "a field is not UTF-8" });
  const textsOf = (name: string) => (byName.get(name) ?? []).map(({ content }) => textOf(content) ?? "");
  const values = pick(texts, textsOf, "body", repeated);
  if (values instanceof Refusal) return values;
  const files = filesOf(fields.filter(isFile), byName, repeated);
  return files instanceof Refusal ? files : { ...values, ...files };
};

/** A part that names no type is taken for what the document wants. */
const isAccepted = ({ contentType }: FormPart, accepts: readonly string[]): boolean =>
  contentType === undefined || accepts.length === 0 || accepts.some((range) => covers(range, contentType));

const filesOf = (
  fields: readonly Parameter[],
  byName: ReadonlyMap<string, readonly FormPart[]>,
  repeated: RepeatedKey,
): Values | Refusal => {
  const values: Record<string, unknown> = {};
  for (const { name, type, required } of fields) {
    // A browser sends an empty part without a file name for an input in which nothing was chosen.
    const parts = (byName.get(name) ?? []).filter(({ filename, content }) => filename !== "" || content.length > 0);
    const [first] = parts;
    const several = type !== "array" && parts.length > 1;
    if (several && repeated === "refuse") return new Refusal({ kind: "repeated", in: "body", name });
    if (first !== undefined && !several) values[name] = type === "array" ? parts.map(fileOf) : fileOf(first);
    else if (required) return new Refusal({ kind: "missing", in: "body", name });
  }
  return values;
};

const fileOf = ({ filename = "", contentType = "application/octet-stream", content }: FormPart): File =>
  new File([content], filename, { type: contentType });

/** The parts that say one field: a file, a JSON document, or text. */
export const partsOf = (field: Parameter, value: unknown, texts: readonly string[]): readonly OutgoingPart[] => {
  const { name } = field;
  // A range is no type: what is sent has to be one.
  const declared = field.contentType?.find((type) => !type.includes("*"));
  if (isFile(field) && value !== undefined) {
    return [value].flat().flatMap((file) => {
      if (!(file instanceof Blob)) throw new TypeError(`${name} has to be a File`);
      return { name, contentType: file.type || (declared ?? "application/octet-stream"), content: file };
    });
  }
  const isJson = field.type === "json" || field.items === "json";
  const contentType = declared ?? (isJson ? "application/json" : undefined);
  return texts.map((content) => ({ name, contentType, content }));
};
