/** What changed between two versions of a service, by operation. */

import { byRank, type Change, type Direction, gravest, type Severity } from "./change.js";
import { SchemaComparison, type Sides } from "./schemas.js";
import {
  type ApiView,
  apiView,
  type BodyView,
  canonical,
  type Json,
  type OperationView,
  type ParameterView,
  type ResponseView,
} from "./view.js";

/** An operation whose API is not what it was. */
export interface OperationChanges {
  readonly operation: string;
  /** Method and path; of an operation that was removed, those that it had. */
  readonly route: string;
  readonly state: "added" | "removed" | "changed";
  /** The gravest of its changes. */
  readonly severity: Severity;
  readonly changes: readonly Change[];
}

export interface ServiceChanges {
  readonly service: string;
  /** Nothing was generated for this service before: all its operations were added. */
  readonly isNew: boolean;
  readonly operations: readonly OperationChanges[];
}

const change = (severity: Severity, where: string, what: string): Change => ({ severity, where, what });

const travelling = (direction: Direction, changes: readonly Change[]): Change[] =>
  changes.map((one) => ({ ...one, direction }));

function worded(before: Json, after: Json, where: string): Change[] {
  return canonical(before) === canonical(after) ? [] : [change("documentation", where, "is described differently")];
}

class OperationComparison {
  readonly #sides: Sides;
  /** Which way a request goes, and its answer, for whoever is at the other end of the service. */
  readonly #asked: Direction;
  readonly #told: Direction;

  constructor(sides: Sides, isSent: boolean) {
    this.#sides = sides;
    this.#asked = isSent ? "response" : "request";
    this.#told = isSent ? "request" : "response";
  }

  compare(before: OperationView, after: OperationView): Change[] {
    return [
      ...moved(before, after),
      ...deprecated(before.deprecated, after.deprecated, ""),
      ...access(before, after),
      ...travelling(this.#asked, [
        ...this.#parameters(before.parameters, after.parameters, this.#asked, ""),
        ...this.#body(before.body, after.body),
      ]),
      ...travelling(this.#told, this.#responses(before, after)),
      ...worded(before.words, after.words, ""),
    ];
  }

  #schema(before: Json, after: Json, where: string, direction: Direction): Change[] {
    return new SchemaComparison(this.#sides, direction).compare(before, after, where);
  }

  #parameters(
    before: ReadonlyMap<string, ParameterView>,
    after: ReadonlyMap<string, ParameterView>,
    direction: Direction,
    place: string,
  ): Change[] {
    return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
      const [was, is] = [before.get(name), after.get(name)];
      const where = `${place}${is?.name ?? was?.name ?? name}`;
      if (was === undefined) {
        const severity = direction === "request" && is?.required === true ? "breaking" : "additive";
        return [change(severity, where, is?.required === true ? "was added, required" : "was added")];
      }
      if (is === undefined) return [change("breaking", where, "was removed")];
      return [
        ...required(was.required, is.required, where, direction),
        ...(was.style === is.style ? [] : [change("breaking", where, "is written differently")]),
        ...(was.name === is.name ? [] : [change("documentation", where, `was called ${was.name}`)]),
        ...deprecated(was.deprecated, is.deprecated, where),
        ...worded(was.words, is.words, where),
        ...this.#schema(was.schema, is.schema, where, direction),
      ];
    });
  }

  #content(
    before: ReadonlyMap<string, Json>,
    after: ReadonlyMap<string, Json>,
    where: string,
    direction: Direction,
  ): Change[] {
    const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((mediaType) => {
      const [was, is] = [before.get(mediaType), after.get(mediaType)];
      if (was === undefined) return [change("additive", where, `may be ${mediaType}`)];
      if (is === undefined) return [change("breaking", where, `may be ${mediaType} no more`)];
      return this.#schema(was, is, where, direction);
    });
    // Several media types usually carry one schema: its changes are told once.
    return [...new Map(changes.map((entry) => [JSON.stringify(entry), entry])).values()];
  }

  #body(before: BodyView | undefined, after: BodyView | undefined): Change[] {
    const where = "request body";
    if (before === undefined && after === undefined) return [];
    if (before === undefined) {
      const isDemanded = after?.required === true && this.#asked === "request";
      return [change(isDemanded ? "breaking" : "additive", where, "was added")];
    }
    if (after === undefined) return [change("breaking", where, "was removed")];
    return [
      ...required(before.required, after.required, where, this.#asked),
      ...worded(before.words, after.words, where),
      ...this.#content(before.content, after.content, where, this.#asked),
    ];
  }

  /** A status of its own stands for what a range or `default` said of it before, and the other way round. */
  #responses({ responses: before }: OperationView, { responses: after }: OperationView): Change[] {
    return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((status) => {
      const [was, is] = [before.get(status), after.get(status)];
      const where = `response ${status}`;
      if (was !== undefined && is !== undefined) return this.#response(was, is, where);
      const cover = covering(was === undefined ? before : after, status);
      if (was === undefined) {
        const added = change("additive", where, "was added");
        return is === undefined || cover === undefined ? [added] : [added, ...this.#answers(cover, is, where)];
      }
      if (cover !== undefined) {
        return [change("additive", where, "is one of a range now"), ...this.#answers(was, cover, where)];
      }
      // A success that never comes again leaves its readers without one; an error that never comes harms nobody.
      return [change(/^[45]/.test(status) ? "additive" : "breaking", where, "was removed")];
    });
  }

  #response(before: ResponseView, after: ResponseView, where: string): Change[] {
    return [
      ...(before.implicit === after.implicit
        ? []
        : [
            change(
              "additive",
              where,
              after.implicit ? "is left to dispatch" : "may be answered by the operation itself",
            ),
          ]),
      ...worded(before.words, after.words, where),
      ...this.#answers(before, after, where),
    ];
  }

  #answers(before: ResponseView, after: ResponseView, where: string): Change[] {
    return [
      ...this.#content(before.content, after.content, `${where} body`, this.#told),
      ...this.#parameters(before.headers, after.headers, this.#told, `${where} header `),
    ];
  }
}

function required(before: boolean, after: boolean, where: string, direction: Direction): Change[] {
  if (before === after) return [];
  const harmless = direction === "request" ? !after : after;
  return [change(harmless ? "additive" : "breaking", where, after ? "became required" : "became optional")];
}

function access(before: OperationView, after: OperationView): Change[] {
  const order = ["none", "optional", "required"];
  if (before.access !== after.access) {
    const stricter = order.indexOf(after.access) > order.indexOf(before.access) && after.access === "required";
    const what = `the access token was ${before.access}, is ${after.access}`;
    return [change(stricter ? "breaking" : "additive", "", what)];
  }
  const lost = before.schemes.filter((scheme) => !after.schemes.includes(scheme));
  const won = after.schemes.filter((scheme) => !before.schemes.includes(scheme));
  return [
    ...lost.map((scheme) => change("breaking", "", `credentials: ${scheme} is taken no more`)),
    ...won.map((scheme) => change("additive", "", `credentials: ${scheme} is taken, too`)),
  ];
}

function deprecated(before: boolean, after: boolean, where: string): Change[] {
  if (before === after) return [];
  return [change("documentation", where, after ? "became deprecated" : "is deprecated no more")];
}

/** A route without the names of its parameters, which no caller sends. */
const shapeOf = (route: string): string => route.replace(/\{[^}]*\}/g, "{}");

function moved(before: OperationView, after: OperationView): Change[] {
  const shape = after.isSent ? String : shapeOf;
  if (shape(before.route) === shape(after.route)) return [];
  const told = change("breaking", "", `was ${before.route}, is ${after.route}`);
  const bases = movedBase(before.route, after.route);
  return [bases === undefined ? told : { ...told, shared: `moved from ${bases[0]} to ${bases[1]}` }];
}

/** What differs of two routes that end alike: the base that a whole service may move from, and to. */
function movedBase(before: string, after: string): readonly [string, string] | undefined {
  const [[method, ...was], [other, ...is]] = [before.split(/[ /]/u), after.split(/[ /]/u)];
  const ending = was.toReversed().findIndex((segment, index) => shapeOf(segment) !== shapeOf(is.at(-1 - index) ?? ""));
  if (method !== other || ending < 1) return undefined;
  const base = (segments: readonly string[]): string => segments.slice(0, -ending).join("/") || "/";
  return [base(was), base(is)];
}

/** What says of a status by a range or by `default` how it is answered. */
function covering(responses: ReadonlyMap<string, ResponseView>, status: string): ResponseView | undefined {
  return responses.get(`${status.charAt(0)}XX`) ?? responses.get("default");
}

/** An operation before and after; one of the two may be absent. */
interface Pair {
  readonly before: OperationView | undefined;
  readonly after: OperationView | undefined;
}

/** Operations belong together by id, and where an id was changed by method and path. */
function pairs(before: ApiView, after: ApiView): Pair[] {
  const newcomers = [...after.operations.values()].filter(({ id }) => !before.operations.has(id));
  const successors = new Map(newcomers.map((operation) => [shapeOf(operation.route), operation]));
  const known = [...before.operations.values()].map((operation): Pair => {
    const successor = after.operations.get(operation.id) ?? successors.get(shapeOf(operation.route));
    return { before: operation, after: successor };
  });
  const paired = new Set(known.map((pair) => pair.after?.id));
  const added = newcomers
    .filter(({ id }) => !paired.has(id))
    .map((operation): Pair => ({ before: undefined, after: operation }));
  return [...known, ...added];
}

function pairChanges({ before, after }: Pair, sides: Sides): Change[] {
  if (before === undefined) return after === undefined ? [] : [change("additive", "", `was added: ${after.route}`)];
  if (after === undefined) return [change("breaking", "", `was removed: ${before.route}`)];
  const renamed = before.id === after.id ? [] : [change("breaking", "", `was called ${before.id}`)];
  return [...renamed, ...new OperationComparison(sides, after.isSent).compare(before, after)];
}

/** Compares two `openapi.json` of one service; an absent one has no operations. */
export function compareServices(service: string, before: Json, after: Json): ServiceChanges {
  const [left, right] = [apiView(before), apiView(after)];
  const sides = { before: left.schemas, after: right.schemas };
  const operations = pairs(left, right).flatMap((pair) => {
    const changes = pairChanges(pair, sides).sort(byRank);
    const { id: operation = "", route = "" } = pair.after ?? pair.before ?? {};
    const state = pair.before === undefined ? "added" : pair.after === undefined ? "removed" : "changed";
    return changes.length === 0 ? [] : [{ operation, route, state, severity: gravest(changes), changes } as const];
  });
  const isNew = left.operations.size === 0 && operations.length > 0;
  return { service, isNew, operations: operations.sort((a, b) => (a.operation < b.operation ? -1 : 1)) };
}
