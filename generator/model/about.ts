/** What documents say of themselves: checked, and kept for `openapi.json`. */

import type { Findings } from "../load/findings.js";
import type { Node } from "../load/node.js";
import { isRecord } from "../record.js";
import { Commons, type Surroundings } from "./documents.js";
import type { AboutModel, Kept } from "./model.js";
import { same } from "./schema.js";

/** The keys of the objects that are only kept, and those of them that must be there. */
const objects = {
  info: ["title", "version", "description", "termsOfService", "contact", "license"],
  contact: ["name", "url", "email"],
  license: ["name", "url"],
  tag: ["name", "description", "externalDocs"],
  server: ["url", "description", "variables"],
  variable: ["enum", "default", "description"],
  components: [
    ...["schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes"],
    ...["links", "callbacks"],
  ],
} as const;

const notEmpty = (kept: Kept): boolean => Object.keys(kept).length > 0;

/** One document. */
class About {
  private readonly document: Node;
  private readonly isNew: boolean;
  private readonly isOld: boolean;
  private readonly commons: Commons;
  private readonly findings: Findings;

  constructor(around: Surroundings) {
    this.document = around.document;
    this.isNew = around.dialect === "openapi-3.1";
    this.isOld = around.dialect === "swagger-2.0";
    this.commons = new Commons(around);
    this.findings = around.findings;
  }

  read(): AboutModel {
    const tags = this.tags();
    const servers = this.isOld ? this.hosts() : this.servers();
    const externalDocs = this.commons.externalDocs(this.document);
    const components = this.isOld ? undefined : this.commons.shape.map(this.document.get("components"));
    if (components !== undefined) {
      this.commons.known(components, "the components", [...objects.components, ...(this.isNew ? ["pathItems"] : [])]);
    }
    return {
      document: {
        ...(servers.length === 0 ? {} : { servers }),
        ...(tags.length === 0 ? {} : { tags }),
        ...(externalDocs === undefined ? {} : { externalDocs }),
        ...this.extensions(this.document),
      },
      info: this.info(),
      paths: this.extensions(this.document.get("paths")),
      components: this.extensions(components),
    };
  }

  private extensions(node: Node | undefined): Kept {
    return this.commons.kept(node).kept ?? {};
  }

  private info(): Kept {
    const { shape } = this.commons;
    const info = shape.map(this.document.get("info"));
    if (info === undefined) return {};
    this.commons.known(info, "the information", [...objects.info, ...(this.isNew ? ["summary"] : [])]);
    const contact = shape.map(info.get("contact"));
    if (contact !== undefined) this.commons.known(contact, "a contact", objects.contact);
    const license = shape.map(info.get("license"));
    if (license !== undefined) this.license(license);
    return this.commons.kept(info, "summary", "termsOfService", "contact", "license").kept ?? {};
  }

  private license(license: Node): void {
    this.commons.known(license, "a license", [...objects.license, ...(this.isNew ? ["identifier"] : [])]);
    this.commons.shape.need(license, "name");
    const identifier = license.get("identifier");
    if (!this.isNew || identifier === undefined || license.get("url") === undefined) return;
    this.findings.error("wrong-shape", identifier, {
      message: "a license has `identifier` or `url`, not both",
      hint: "remove one of them",
      part: "key",
    });
  }

  private tags(): readonly unknown[] {
    const names = new Set<string>();
    return this.commons.shape.list(this.document.get("tags")).flatMap((tag) => {
      if (this.commons.shape.map(tag) === undefined) return [];
      this.commons.known(tag, "a tag", objects.tag);
      this.commons.externalDocs(tag);
      const name = this.commons.shape.text(this.commons.shape.need(tag, "name"));
      if (name === undefined) return [];
      if (names.has(name)) {
        this.findings.error("repeated", tag, {
          message: `the tag ${name} stands here twice`,
          hint: "remove one of them",
        });
      }
      names.add(name);
      return [tag.value];
    });
  }

  /** Where a 2.0 document is served; its base path is part of every path. */
  private hosts(): readonly unknown[] {
    const host = this.commons.shape.text(this.document.get("host"));
    const schemes = this.commons.shape
      .list(this.document.get("schemes"))
      .flatMap((scheme) => this.commons.shape.choice(scheme, ["http", "https", "ws", "wss"]) ?? []);
    return host === undefined ? [] : schemes.map((scheme) => ({ url: `${scheme}://${host}` }));
  }

  /** The servers without their paths, which are part of every path. */
  private servers(): readonly unknown[] {
    return this.commons.shape.list(this.document.get("servers")).flatMap((server) => {
      if (this.commons.shape.map(server) === undefined) return [];
      this.commons.known(server, "a server", objects.server);
      const variables = this.commons.shape.map(server.get("variables"))?.entries() ?? [];
      for (const [, variable] of variables) this.variable(variable);
      const url = String(server.get("url")?.value);
      const paths = variables.filter(([, { value }]) => isRecord(value) && String(value["default"]).startsWith("/"));
      const whole = paths.reduce((text, [name]) => text.replaceAll(`{${name}}`, "/"), url);
      const [host] = /^[^/]*:\/\/[^/]+/u.exec(whole) ?? [];
      if (host === undefined) return [];
      const used = variables.filter(([name]) => host.includes(`{${name}}`)).map(([name, { value }]) => [name, value]);
      return {
        url: host,
        ...(used.length === 0 ? {} : { variables: Object.fromEntries(used) }),
        ...this.commons.kept(server, "description").kept,
      };
    });
  }

  private variable(variable: Node): void {
    if (this.commons.shape.map(variable) === undefined) return;
    this.commons.known(variable, "a server's variable", objects.variable);
    const value = this.commons.shape.need(variable, "default");
    const choices = variable.get("enum");
    if (value === undefined || choices === undefined) return;
    if (this.commons.shape.some(choices).some((choice) => choice.value === value.value)) return;
    this.findings.error("wrong-shape", value, {
      message: `the default ${JSON.stringify(value.value)} is none of the values that may be chosen`,
      hint: "add it to `enum`, or choose one of those",
    });
  }
}

/** What one document says of itself. */
export const readAbout = (around: Surroundings): AboutModel => new About(around).read();

const united = (parts: readonly Kept[]): Kept => Object.assign({}, ...parts.toReversed());

const listAt = (kept: Kept, key: string): readonly unknown[] => (Array.isArray(kept[key]) ? kept[key] : []);

const nameOf = (tag: unknown): unknown => (isRecord(tag) ? tag["name"] : tag);

/**
 * What all documents of a service say: the first one counts where they differ. Tags come from all of them; servers are
 * told where all agree.
 */
export const aboutService = (documents: readonly AboutModel[]): AboutModel | undefined => {
  const { servers, tags: _tags, ...document } = united(documents.map((one) => one.document));
  const agree = documents.every((one) => same(one.document["servers"], servers));
  const tags = new Map(
    documents
      .flatMap((one) => listAt(one.document, "tags"))
      .toReversed()
      .map((tag) => [nameOf(tag), tag]),
  );
  const about = {
    document: {
      ...(servers === undefined || !agree ? {} : { servers }),
      ...(tags.size === 0 ? {} : { tags: [...tags.values()].toReversed() }),
      ...document,
    },
    info: united(documents.map(({ info }) => info)),
    paths: united(documents.map(({ paths }) => paths)),
    components: united(documents.map(({ components }) => components)),
  };
  return Object.values(about).some(notEmpty) ? about : undefined;
};
