/**
 * Mistakes that published documents really contain and that have one obvious repair. The repair is made only where
 * `services.yaml` names file, pointer and defect under `tolerate`; anywhere else the mistake is an error.
 *
 * What is *not* here is plain meaning and needs no leave: integer status keys, `3xx` in lower case, a `$ref` with
 * siblings, `items` as a list (a tuple), `type` as a list, absent operation ids (made from method and path), a body
 * that is not marked required although its schema requires fields, a default on a required parameter (never applied),
 * responses without a schema.
 */
export const defects = {
  "boolean-required": "`required` is true or false on the property itself; the repair moves it to the object's list",
  "schema-under-examples": "a response's `schema` stands inside its `examples`; the repair lifts it out",
  "example-by-media-type": "a schema's `example` is keyed by media type; the repair takes the value",
  "example-as-text": "an example of a JSON body is written as text; the repair parses it",
  "undefined-security": "`security` names a scheme that the document does not define; another document's is taken",
  "optional-path-parameter":
    "a path parameter is marked as not required; the repair requires it, and at the end of a path describes the path without it, too",
  "padded-path": "a path key begins or ends with white space; the repair trims it",
  "body-with-type": "a body parameter has `type` beside `schema`; the repair drops `type`",
  "schema-in-type": "a list of types holds a schema; the repair makes a union",
  "list-for-map": "an empty list stands where an empty map is meant; the repair reads it as one",
  "enum-as-type": "`type: enum` beside an `enum`; the repair drops the type",
  "unknown-keyword": "a key that the format does not have; the repair ignores it",
  "shapeless-schema": "a schema is written where only its name should be, or null; the repair reads it as anything",
  "undeclared-path-parameter": "a `{name}` in the path has no parameter; the repair declares it as a string",
  "operation-twice":
    "one method and path stands twice with no body to tell the two apart; the repair joins the second into the first",
} as const;

export type DefectCode = keyof typeof defects;

export const isDefect = (code: string): code is DefectCode => Object.hasOwn(defects, code);
