/** The words of every message and page: by brand and language, ours and the operator's. */

import { existsSync, readFileSync } from "node:fs";
import type { Mail } from "../ports/courier.js";
import type { Pages } from "../ports/pages.js";
import type { Sms } from "../ports/sms.js";
import type { Wording } from "../ports/wording.js";
import { chooseLanguage } from "./languages.js";
import { bodyWith, isStage, linkValues, stageValues } from "./page-values.js";
import { compileText, type Fill } from "./template.js";
import { type Scope, TemplateError, type TemplateFolder, templateFolder } from "./template-folder.js";
import { type Format, type Purpose, type Shape, shapes } from "./template-shapes.js";

export interface MailContent {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Templates {
  mail(mail: Mail): MailContent;
  sms(sms: Sms): string;
  readonly page: Pages;
}

export interface TemplateSettings {
  /** What is offered; the first for whoever wants none of them. */
  readonly languages: readonly [string, ...string[]];
  /** The brand of whoever names none that there is. */
  readonly brand?: string | undefined;
  /** The operator's own templates. */
  readonly folder?: string | undefined;
}

/** The languages that templates of ours exist in; the first is what they are written in where no folder says another. */
const shipped = ["en", "de"] as const;

const maxNameLength = 60;
const maxSubjectLength = 150;

/** One line without control or direction characters, cut: what strangers name themselves and their rooms. */
const oneLine = (text: string, maxLength: number): string => {
  const characters = [...text.replace(/[\p{C}\p{Z}\s]+/gu, " ").trim()];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join("")}…` : characters.join("");
};

const own = (path: string): URL => new URL(`./templates/${path}.hbs`, import.meta.url);

/** Compiles a template of ours. */
export const compileTemplate = (path: string, format: Format): Fill =>
  compileText(readFileSync(own(path), "utf8"), format);

/** The closest template there is: of the brand in the language, of the brand, in the language, or of neither. */
const textFor = (scope: Scope, path: string, folder: TemplateFolder | undefined): string => {
  const { brand, language } = scope;
  const ofBrand = brand === undefined ? undefined : (folder?.find(scope, path) ?? folder?.find({ brand }, path));
  const inLanguage = ofBrand ?? folder?.find({ language }, path);
  if (inLanguage !== undefined) return inLanguage;
  const ours = own(`${language}/${path}`);
  return existsSync(ours) ? readFileSync(ours, "utf8") : (folder?.find({}, path) ?? readFileSync(own(path), "utf8"));
};

/** Every template of a brand and language, by its path. */
type Set = ReadonlyMap<string, Fill>;

/** Compiles each text once, however many brands and languages share it. */
const compiler = (): ((text: string, format: Format) => Fill) => {
  const compiled = new Map<string, Fill>();
  return (text, format) => {
    const key = `${format}:${text}`;
    const fill = compiled.get(key) ?? compileText(text, format);
    compiled.set(key, fill);
    return fill;
  };
};

const setFor = (scope: Scope, folder: TemplateFolder | undefined, compile: ReturnType<typeof compiler>): Set =>
  new Map(
    Object.entries<Shape>(shapes).flatMap(([purpose, { parts }]) =>
      Object.entries(parts).map(([part, format]) => {
        const path = `${purpose}/${part}`;
        return [path, compile(textFor(scope, path, folder), format)] as const;
      }),
    ),
  );

const webLink = (link: string | undefined): string | undefined =>
  link !== undefined && /^https?:\/\//i.test(link) ? link : undefined;

const mailValues = (mail: Mail): object => {
  switch (mail.purpose) {
    case "email-validation":
      return { link: mail.link, resetsPassword: mail.resetsPassword ?? false };
    case "email-code":
      return { code: mail.code, resetsPassword: mail.resetsPassword ?? false };
    case "invite":
      return {
        sender: oneLine(mail.sender, 255),
        inviter: oneLine(mail.senderDisplayName ?? "", maxNameLength) || oneLine(mail.sender, maxNameLength),
        roomName: oneLine(mail.roomName ?? "", maxNameLength),
        space: mail.space,
        link: webLink(mail.link) ?? "",
      };
    default:
      return {};
  }
};

/** Without a folder there are no languages but ours. */
const requireShipped = (languages: readonly string[]): void => {
  const unknown = languages.filter((language) => !shipped.some((it) => it === language));
  if (unknown.length === 0) return;
  throw new TemplateError(
    unknown.map((language) => ({
      where: "mail.templates",
      what: "is missing",
      hint: `name a folder with templates in ${language}, or remove ${language} from "mail.languages"`,
    })),
  );
};

/**
 * Reads all templates once; each is compiled when it is first used. `service` is the name that recipients know the
 * service by.
 * @throws TemplateError with everything in the operator's templates that cannot be used.
 */
export const messageTemplates = (
  service: string,
  { languages, brand: usualBrand, folder: path }: TemplateSettings = { languages: shipped },
): Templates => {
  const folder = path === undefined ? undefined : templateFolder(path, { languages, shipped });
  if (path === undefined) requireShipped(languages);
  const brands = folder?.brands ?? [];
  if (usualBrand !== undefined && !brands.includes(usualBrand)) {
    throw new TemplateError([
      {
        where: path === undefined ? "mail.templates" : `${path}/brands/${usualBrand}`,
        what: "is missing",
        hint: 'make a folder for the brand that "mail.brand" names',
      },
    ]);
  }
  const compile = compiler();
  const sets = new Map(
    [undefined, ...brands].map((brand) => [
      brand,
      new Map(languages.map((language) => [language, setFor({ brand, language }, folder, compile)])),
    ]),
  );
  const choose = chooseLanguage(languages);

  /** Fills templates of one brand and language. */
  const worded = (wording: Wording = {}) => {
    const brand = wording.brand !== undefined && sets.has(wording.brand) ? wording.brand : usualBrand;
    const language = choose(wording.language);
    const set = sets.get(brand)?.get(language);
    return (purpose: Purpose, part: string, values: object): string => {
      const fill = set?.get(`${purpose}/${part}`);
      if (fill === undefined) throw new Error(`there is no template for ${purpose}/${part}`);
      return fill({ service, brand: brand ?? "", language, ...values });
    };
  };

  return {
    mail: (mail) => {
      const fill = worded(mail.wording);
      const values = mailValues(mail);
      return {
        subject: oneLine(fill(mail.purpose, "subject", values), maxSubjectLength),
        text: fill(mail.purpose, "text", values),
        html: fill(mail.purpose, "html", values),
      };
    },
    sms: ({ code, resetsPassword = false, wording }) =>
      worded(wording)("msisdn-validation", "text", { code, resetsPassword }).trim(),
    page: (content, wording) => {
      const fill = worded(wording);
      const { purpose, values } = isStage(content)
        ? ({ purpose: "stage", values: stageValues(content, choose(wording.language)) } as const)
        : ({ purpose: "page", values: linkValues(content) } as const);
      const title = fill(purpose, "title", { ...values, title: "", body: "" }).trim();
      const body = bodyWith(content, fill(purpose, "body", { ...values, title, body: "" }));
      return fill("page", "frame", { ...linkValues(isStage(content) ? undefined : content), title, body });
    },
  };
};
