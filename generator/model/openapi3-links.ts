/** Links from an answer to the operation that comes next: kept for readers of `openapi.json`, followed by nothing. */

import type { Node } from "../load/node.js";
import { memberOf } from "../member.js";
import { isRecord } from "../record.js";
import { type Commons, methods, type Surroundings } from "./documents.js";
import type { Linked } from "./linked-operations.js";
import type { ResponseModel } from "./model.js";

const keys = ["operationRef", "operationId", "parameters", "requestBody", "description", "server"];

export class Openapi3Links {
  private readonly around: Surroundings;
  private readonly commons: Commons;

  constructor(around: Surroundings, commons: Commons) {
    this.around = around;
    this.commons = commons;
  }

  /** What is kept of a response. */
  of(response: Node): Pick<ResponseModel, "kept"> {
    const named = (this.commons.shape.map(response.get("links"))?.entries() ?? []).flatMap(([name, entry]) => {
      const link = this.commons.shape.map(this.around.references.settled(entry));
      return link === undefined ? [] : [[name, this.link(link)] as const];
    });
    const links = named.length === 0 ? {} : { links: Object.fromEntries(named) };
    const kept = { ...links, ...this.commons.kept(response).kept };
    return Object.keys(kept).length === 0 ? {} : { kept };
  }

  /** A link that refers to an operation names it instead: places in the document are no places in ours. */
  private link(link: Node): unknown {
    this.commons.known(link, "a link", keys);
    const [id, reference] = [link.get("operationId"), link.get("operationRef")];
    if ((id === undefined) === (reference === undefined)) {
      this.around.findings.error("wrong-shape", reference ?? link, {
        message: `a link names one operation, and this one names ${id === undefined ? "none" : "two"}`,
        hint: "say `operationId`, and nothing else",
        part: "key",
      });
      return {};
    }
    const linked = id === undefined ? reference && this.referred(reference) : this.named(id);
    if (linked === undefined || !isRecord(link.value)) return {};
    this.around.linked.push(linked);
    const { operationRef: _place, operationId: _name, ...rest } = link.value;
    return { operationId: linked.id, ...rest };
  }

  private named(node: Node): Linked | undefined {
    const id = this.commons.shape.text(node);
    return id === undefined ? undefined : { id, node };
  }

  private referred(node: Node): Linked | undefined {
    const operation = this.commons.shape.text(node) === undefined ? undefined : this.around.references.follow(node);
    if (operation === undefined) return undefined;
    const [path = "", key = ""] = operation.keys.slice(-2);
    const method = memberOf(methods, key);
    if (method !== undefined) return { id: this.commons.idOf(operation, method, path.trim()), node };
    this.around.findings.error("wrong-shape", node, {
      message: "this place holds no operation",
      hint: "refer to an operation, such as #/paths/~1letters/get, or say `operationId`",
    });
    return undefined;
  }
}
