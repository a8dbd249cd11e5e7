/** One security scheme of a document: how clients present it, and what `openapi.json` keeps of it. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { Shape } from "../load/shape.js";
import { memberOf } from "../member.js";
import { isRecord } from "../record.js";
import type { Dialect } from "./keywords.js";
import type { Kept, SecuritySchemeModel } from "./model.js";

export interface ReadScheme {
  readonly scheme: SecuritySchemeModel;
  readonly kept: Kept;
}

const types = {
  "swagger-2.0": ["basic", "apiKey", "oauth2"],
  "openapi-3.0": ["apiKey", "http", "oauth2", "openIdConnect"],
  "openapi-3.1": ["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"],
} as const satisfies Record<Dialect, readonly string[]>;

/** What a flow of OAuth needs besides its scopes; 2.0 calls two of them otherwise. */
const flows: Readonly<Record<string, readonly string[]>> = {
  implicit: ["authorizationUrl"],
  password: ["tokenUrl"],
  clientCredentials: ["tokenUrl"],
  authorizationCode: ["authorizationUrl", "tokenUrl"],
};
const oldFlows = {
  implicit: "implicit",
  password: "password",
  application: "clientCredentials",
  accessCode: "authorizationCode",
} as const;

/** What is presented is a token, however it was come by. */
const bearer: SecuritySchemeModel = { type: "http", scheme: "bearer" };

const without = ({ value }: Node, ...keys: readonly string[]): Kept =>
  Object.fromEntries(Object.entries(isRecord(value) ? value : {}).filter(([key]) => !keys.includes(key)));

export class SecuritySchemes {
  private readonly shape: Shape;
  private readonly findings: Findings;

  constructor(findings: Findings) {
    this.findings = findings;
    this.shape = new Shape(findings);
  }

  read(node: Node, dialect: Dialect): ReadScheme | undefined {
    const type = this.shape.choice<string>(this.shape.need(node, "type"), types[dialect]);
    const scheme = type === undefined ? undefined : this.presented(node, type, dialect);
    if (scheme === undefined) return undefined;
    if (type === "basic") return { scheme, kept: { ...without(node, "type"), type: "http", scheme: "basic" } };
    const isOldOauth = type === "oauth2" && dialect === "swagger-2.0";
    return { scheme, kept: isOldOauth ? this.translated(node) : without(node) };
  }

  private presented(node: Node, type: string, dialect: Dialect): SecuritySchemeModel | undefined {
    switch (type) {
      case "apiKey": {
        const places = ["query", "header", ...(dialect === "swagger-2.0" ? [] : (["cookie"] as const))] as const;
        const place = this.shape.choice(this.shape.need(node, "in"), places);
        const name = this.shape.text(this.shape.need(node, "name"));
        return place === undefined || name === undefined ? undefined : { type, in: place, name };
      }
      case "basic":
        return { type: "http", scheme: "basic" };
      case "http": {
        const scheme = this.shape.text(this.shape.need(node, "scheme"));
        return scheme === undefined
          ? undefined
          : { type, scheme: scheme.toLowerCase() === "bearer" ? "bearer" : scheme };
      }
      case "oauth2":
        if (dialect === "swagger-2.0") this.oldFlow(node);
        else
          for (const [name, flow] of this.shape.map(this.shape.need(node, "flows"))?.entries() ?? [])
            this.flow(name, flow);
        return bearer;
      case "openIdConnect":
        this.shape.text(this.shape.need(node, "openIdConnectUrl"));
        return bearer;
      default:
        return { type: "other", description: this.shape.text(node.get("description")) ?? type };
    }
  }

  private flow(name: string, flow: Node): void {
    if (name.startsWith("x-")) return;
    const urls = memberOf(flows, name);
    if (urls === undefined) {
      this.findings.error("wrong-shape", flow, {
        message: `\`${name}\` is no flow of OAuth`,
        hint: `there are ${Object.keys(flows).join(", ")}`,
        part: "key",
      });
    } else if (this.shape.map(flow) !== undefined) this.complete(flow, urls);
  }

  private oldFlow(node: Node): void {
    const flow = this.shape.choice(this.shape.need(node, "flow"), [
      "implicit",
      "password",
      "application",
      "accessCode",
    ]);
    if (flow !== undefined) this.complete(node, flows[oldFlows[flow]] ?? []);
  }

  private complete(flow: Node, urls: readonly string[]): void {
    for (const key of urls) this.shape.text(this.shape.need(flow, key));
    for (const [, words] of this.shape.map(this.shape.need(flow, "scopes"))?.entries() ?? []) this.shape.text(words);
  }

  /** Of 2.0 each scheme has one flow, which stands in the scheme itself. */
  private translated(node: Node): Kept {
    const { flow, authorizationUrl, tokenUrl, scopes, ...rest } = without(node);
    const name = Object.entries(oldFlows).find(([old]) => old === flow)?.[1] ?? "implicit";
    const parts = Object.entries({ authorizationUrl, tokenUrl, scopes }).filter(([, value]) => value !== undefined);
    return { ...rest, flows: { [name]: Object.fromEntries(parts) } };
  }
}
