import { expect, it } from "vitest";
import { captchaService } from "../../../runtime/federation/captcha-service.js";
import { OutgoingError } from "../../../runtime/federation/outgoing-error.js";
import { fakeLogger } from "../fakes.js";

const asking = (answer: () => Response) => {
  const asked: Request[] = [];
  const log = fakeLogger();
  const captcha = captchaService({
    publicKey: "site",
    secretKey: "of the operator",
    verifyUrl: "https://captcha.example/siteverify",
    widget: { script: "https://captcha.example/api.js", sources: ["https://captcha.example"] },
    fetch: async (input, init) => {
      asked.push(new Request(input, init));
      return answer();
    },
    log,
  });
  return { captcha, asked, log };
};

it("asks by a form that holds the secret and the widget's answer, and nothing about the person", async () => {
  const { captcha, asked } = asking(() => Response.json({ success: true }));
  expect(await captcha.verify("answer & more")).toEqual({ outcome: "solved" });
  const [request] = asked;
  expect(request?.method).toBe("POST");
  expect(request?.headers.get("content-type")).toMatch(/^application\/x-www-form-urlencoded/);
  expect(await request?.text()).toBe("secret=of+the+operator&response=answer+%26+more");
});

it.each([
  { what: "not solved", answer: () => Response.json({ success: false }), want: "refused" },
  {
    what: "used before",
    answer: () => Response.json({ success: false, "error-codes": ["timeout-or-duplicate"] }),
    want: "refused",
  },
  { what: "true as a text", answer: () => Response.json({ success: "true" }), want: "refused" },
  {
    what: "our own wrong secret",
    answer: () => Response.json({ success: false, "error-codes": ["invalid-input-secret"] }),
    want: "unreachable",
  },
  { what: "another status", answer: () => Response.json({ success: true }, { status: 500 }), want: "unreachable" },
  { what: "a redirect", answer: () => new Response(null, { status: 302 }), want: "unreachable" },
  { what: "a page", answer: () => new Response("<p>Hello</p>"), want: "unreachable" },
  { what: "null", answer: () => Response.json(null), want: "unreachable" },
  { what: "no verdict", answer: () => Response.json({}), want: "unreachable" },
  {
    what: "no answer",
    answer: () => {
      throw new OutgoingError("timeout", "the other server did not answer in time");
    },
    want: "unreachable",
  },
])("takes nothing but a clear yes: $what is $want", async ({ answer, want }) => {
  const { captcha, log } = asking(answer);
  expect(await captcha.verify("answer")).toMatchObject({ outcome: want });
  expect(log.lines).toHaveLength(want === "unreachable" ? 1 : 0);
  expect(log.lines.join()).not.toContain("of the operator");
});
