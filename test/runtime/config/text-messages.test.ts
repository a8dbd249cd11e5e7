import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { ConfigurationError } from "../../../runtime/config/problem.js";

const minimal = "identity: { server_name: a, public_base_url: http://localhost }\nsms:\n  transport: gateway\n";
const url = "  url: https://sms.example.org/\n";

const problemsOf = (text: string): readonly string[] => {
  try {
    parseConfiguration(`${minimal}${text}\n`, "x.yaml");
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split("\n");
    throw error;
  }
  return [];
};

describe("a template of the gateway", () => {
  const rows: readonly (readonly [text: string, want: string])[] = [
    [
      `${url}  body: "{{form}}"`,
      'x.yaml:5:3: "sms.body" holds {{form}}, and nothing is called that; did you mean {{from}}?',
    ],
    [
      `${url}  body: "{{telephone}}"`,
      'x.yaml:5:3: "sms.body" holds {{telephone}}, and nothing is called that; it may hold {{to}}, {{text}}',
    ],
    [
      `${url}  headers:\n    A: b\n    X-To: "{{number}}"`,
      'x.yaml:7:5: "sms.headers.X-To" holds {{number}}, and nothing is called that',
    ],
    [
      "  url: https://sms.example.org/{{tu}}",
      'x.yaml:4:3: "sms.url" holds {{tu}}, and nothing is called that; did you mean {{to}}?',
    ],
    ["  url: https://sms.example.org/{{to", 'x.yaml:4:3: "sms.url" holds {{ and no name after it; it may hold {{to}}'],
    [`${url}  body: "{{hunter2 to}}"`, 'x.yaml:5:3: "sms.body" holds {{ and no name after it; it may hold {{to}}'],
    ["  url: https://[sms]/", 'x.yaml:4:3: "sms.url" is no address; write it as https://sms.example.org/send'],
    [
      "  url: https://user:hunter2@sms.example.org/",
      'x.yaml:4:3: "sms.url" names a user; use "sms.user" and "sms.password" for that',
    ],
  ];
  it.each(rows)("%j is refused where it stands, with a way out and without its text", (text, want) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(want);
    expect(problems[0]).not.toContain("hunter2");
  });

  it("may hold every name, and braces", () => {
    const names = ["to", "text", "code", "originator", "from", "originator_ton", "user", "password", "basic"];
    const body = names.map((name) => `{{${name}}}{{ ${name} }}}}`).join(" ");
    expect(problemsOf(`${url}  body: "${body}"\n  user: u\n  password: p`)).toEqual([]);
  });
});

describe("a country of text messages", () => {
  it.each(["GB", "TA", "44", "1", "870", "979"])("may be %s", (name) => {
    expect(problemsOf(`${url}  reject: ["${name}"]`)).toEqual([]);
    expect(problemsOf(`${url}  originators: { default: ["alpha:A"], "${name}": ["alpha:A"] }`)).toEqual([]);
  });

  it.each([
    ["UK", "did you mean GB?"],
    ["DX", "did you mean DE?"],
    ["440", "did you mean 44?"],
    ["999", "name a country such as GB"],
  ])("cannot be %s, in a list of refused ones or of originators, whatever the transport", (name, hint) => {
    for (const transport of ["gateway", "mailbox"]) {
      const at = (text: string) => problemsOf(text).map((it) => it.replace("gateway", transport));
      const [refused = ""] = at(`${url}  reject: [FR, "${name}"]`);
      expect(refused).toContain(`x.yaml:5:16: "${name}" in "sms.reject" is no country and no calling code; ${hint}`);
      const [originator = ""] = at(`${url}  originators:\n    default: ["alpha:A"]\n    "${name}": ["alpha:A"]`);
      expect(originator).toContain(
        `x.yaml:7:5: "${name}" in "sms.originators" is no country and no calling code; ${hint}`,
      );
    }
  });

  it.each([
    ["gb", "did you mean GB?"],
    ["defualt", "did you mean default?"],
    ["Britain", 'name a country such as GB, or a calling code such as "44"'],
  ])("that is misspelt %s in the originators is told as what it is", (name, hint) => {
    const [problem = ""] = problemsOf(`${url}  originators: { default: ["alpha:A"], ${name}: ["alpha:A"] }`);
    expect(problem).toContain(`"${name}" in "sms.originators" is no country and no calling code; ${hint}`);
  });
});
