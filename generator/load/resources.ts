/** Schemas that say themselves how they are found: by `$id`, a base for the references in them, or by `$anchor`. */

import { Node } from "./node.js";
import { placeOf } from "./place.js";
import type { SourceFile } from "./source-file.js";

const textAt = (node: Node, key: string): string | undefined => {
  const value = node.get(key)?.value;
  return typeof value === "string" ? value : undefined;
};

/** An `$id` that is a fragment is a name of older drafts, and no base. */
const idOf = (node: Node): string | undefined => {
  const id = textAt(node, "$id");
  return id === undefined || id === "" || id.startsWith("#") ? undefined : id;
};

/** Most files have neither, and are not looked through. */
const speaks = ({ text }: SourceFile): boolean => /\$(?:id|anchor)\b/u.test(text);

export class Resources {
  private readonly files = new Set<SourceFile>();
  private readonly byId = new Map<string, Node>();
  private readonly byAnchor = new Map<string, Node[]>();

  /** Looks a file through, once. */
  add(source: SourceFile): void {
    if (this.files.has(source) || !speaks(source)) return;
    this.files.add(source);
    const root = new Node(source, source.path, [], source.data);
    this.visit(root, root, source.path);
  }

  /** The schema with an `$id` around a place, or the whole file. */
  around(node: Node): Node {
    return this.scope(node).resource;
  }

  /** The schema whose `$id` a reference without its fragment comes to. */
  named(target: string, from: Node): Node | undefined {
    const id = this.byId.size === 0 ? undefined : placeOf(target, this.scope(from).base);
    return id === undefined ? undefined : this.byId.get(id);
  }

  /** The schemas of a file, or of a schema with an `$id`, that an `$anchor` names; more than one is a mistake. */
  anchored(resource: Node, anchor: string): readonly Node[] {
    return this.byAnchor.get(`${resource.identity}#${anchor}`) ?? [];
  }

  private visit(node: Node, around: Node, outer: string): void {
    const id = idOf(node);
    const base = (id === undefined ? undefined : placeOf(id, outer)) ?? outer;
    const resource = id === undefined ? around : node;
    if (id !== undefined && !this.byId.has(base)) this.byId.set(base, node);
    const anchor = textAt(node, "$anchor");
    if (anchor !== undefined) {
      const key = `${resource.identity}#${anchor}`;
      this.byAnchor.set(key, [...(this.byAnchor.get(key) ?? []), node]);
    }
    for (const inner of [...node.items(), ...node.entries().map(([, value]) => value)])
      this.visit(inner, resource, base);
  }

  private scope(node: Node): { readonly resource: Node; readonly base: string } {
    const root = node.root();
    let [resource, base] = [root, node.path];
    if (!this.files.has(node.source)) return { resource, base };
    const ways = [[], ...node.keys.map((_key, depth) => node.keys.slice(0, depth + 1))];
    for (const way of ways) {
      const current = root.find(way);
      const id = current === undefined ? undefined : idOf(current);
      if (current === undefined || id === undefined) continue;
      [resource, base] = [current, placeOf(id, base) ?? base];
    }
    return { resource, base };
  }
}
