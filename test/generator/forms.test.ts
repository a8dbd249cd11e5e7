/** Forms and bodies of several media types, from the document over the wire and back. */

import { beforeAll, describe, expect, test } from "vitest";
import { operationData } from "../../generator/emit/operation-data.js";
import { emitOperations } from "../../generator/emit/operations.js";
import { liveChecks } from "../../generator/emit/validators.js";
import { createClient } from "../../generator/seam/client.js";
import type { OperationTable } from "../../generator/seam/contract.js";
import { createServer } from "../../generator/seam/server.js";
import { type Loaded, load } from "./load/fixture.js";

interface Loose {
  readonly params: Record<never, never>;
  readonly query: Record<never, never>;
  readonly headers: Record<never, never>;
  readonly body: unknown;
  readonly contents: Record<string, unknown>;
  readonly assumed: string;
  readonly responses: Readonly<
    Record<
      200,
      {
        readonly body: unknown;
        readonly contents: Record<string, unknown>;
        readonly assumed: string;
        readonly headers: Record<never, never>;
      }
    >
  >;
  readonly implicit: Record<never, never>;
}

type Operations = Readonly<Record<string, Loose>>;

let forms: Loaded;
let operations: OperationTable;
let checks: ReturnType<typeof liveChecks>;
beforeAll(async () => {
  forms = await load("bodies", "forms");
  operations = Object.fromEntries(forms.model.operations.map((one) => [one.id, operationData(forms.model, one)]));
  checks = liveChecks(forms.model);
});

interface Given {
  readonly contentType?: string | undefined;
  readonly body: unknown;
}

/** What a handler is told of what was sent, files as their name, type and text. */
const told = async (value: unknown): Promise<unknown> => {
  if (value instanceof File) return [value.name, value.type, await value.text()];
  if (Array.isArray(value)) return Promise.all(value.map(told));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(async ([name, member]) => [name, await told(member)] as const);
  return Object.fromEntries(await Promise.all(members));
};

const service = () => {
  const given: Given[] = [];
  const handle = ({ body, contentType }: Given) => {
    given.push({ body, contentType });
    return { status: 200, body: { ordered: "x" } } as const;
  };
  const handlers = Object.fromEntries(Object.keys(operations).map((id) => [id, handle]));
  const server = createServer<Operations, unknown>({ operations, requests: checks.requests }, handlers);
  return { server, given };
};

const arrived = async (id: string, body: unknown, contentType?: string) => {
  const { server, given } = service();
  const sent: Request[] = [];
  const fetch = (request: Request) => {
    sent.push(request.clone());
    return server.fetch(request);
  };
  const client = createClient<Operations>({ operations, securitySchemes: {} }, { baseUrl: "http://forms.test", fetch });
  const { status } = await client[id]!({ body, ...(contentType === undefined ? {} : { contentType }) });
  const [one] = given;
  return { status, body: await told(one?.body), contentType: one?.contentType, text: (await sent[0]?.text()) ?? "" };
};

const png = (name: string, text = "png") => new File([text], name, { type: "image/png" });

describe("multipart forms", () => {
  test("fields of every kind arrive as they were sent", async () => {
    const body = {
      title: "Süden",
      year: 2026,
      tags: ["a,b", "c"],
      place: { city: "Rom" },
      people: [{ name: "A" }, { name: "B" }],
      words: ["x", "y"],
      note: "# n",
      cover: png("c.png"),
      pages: [png("1.png", "one"), new File(["two"], "2")],
    };
    const { status, body: got, text } = await arrived("addAlbum", body);
    expect([status, got]).toEqual([
      200,
      {
        ...body,
        cover: ["c.png", "image/png", "png"],
        pages: [
          ["1.png", "image/png", "one"],
          ["2", "application/octet-stream", "two"],
        ],
      },
    ]);
    const heads = text.split("\r\n").filter((line) => line.startsWith("content-"));
    expect(heads.join("\n")).toBe(
      [
        'content-disposition: form-data; name="title"',
        'content-disposition: form-data; name="year"',
        'content-disposition: form-data; name="tags"',
        'content-disposition: form-data; name="tags"',
        'content-disposition: form-data; name="place"\ncontent-type: application/json',
        'content-disposition: form-data; name="people"\ncontent-type: application/json',
        'content-disposition: form-data; name="people"\ncontent-type: application/json',
        'content-disposition: form-data; name="words"',
        'content-disposition: form-data; name="note"\ncontent-type: text/markdown',
        'content-disposition: form-data; name="cover"; filename="c.png"\ncontent-type: image/png',
        'content-disposition: form-data; name="pages"; filename="1.png"\ncontent-type: image/png',
        'content-disposition: form-data; name="pages"; filename="2"\ncontent-type: application/octet-stream',
      ].join("\n"),
    );
  });

  test.each(['a"b.png', "a\r\nb.png", 'x"\r\ncontent-type: text/html\r\n\r\n<b>', "a\\b.png", "ü;name=title.png"])(
    "the file name %j is a file name and nothing else",
    async (name) => {
      const { body, text } = await arrived("addAlbum", { title: "t", cover: png(name) });
      expect(body).toEqual({ title: "t", cover: [name, "image/png", "png"] });
      expect(text.match(/^content-/gm)).toHaveLength(3);
    },
  );

  test("what platforms write is read as well", async () => {
    const { server, given } = service();
    const form = new FormData();
    form.append("title", 'q"\r\n');
    form.append("year", "7");
    form.append('unheard "of"', "x");
    form.append("cover", png('c".png'));
    const request = new Request("http://forms.test/album", { method: "POST", body: form });
    expect((await server.fetch(request)).status).toBe(200);
    expect(await told(given[0]?.body)).toEqual({ title: 'q"\r\n', year: 7, cover: ['c".png', "image/png", "png"] });
  });

  const part = (head: string, text: string) => `--b\r\ncontent-disposition: form-data; ${head}\r\n\r\n${text}\r\n`;
  const cover =
    '--b\r\ncontent-disposition: form-data; name="cover"; filename="c"\r\ncontent-type: image/png\r\n\r\nx\r\n';
  const title = part('name="title"', "t");

  test.each<[name: string, body: string, status: number, error: string | undefined]>([
    ["whole", `${title}${cover}--b--\r\n`, 200, undefined],
    ["text around it", `before\r\n${title}${cover}--b--\r\nbehind`, 200, undefined],
    ["blanks behind a boundary", `${title.replace("--b", "--b \t")}${cover}--b--`, 200, undefined],
    ["a boundary that only begins so", `${part('name="title"', "t\r\n--c")}${cover}--b--`, 200, undefined],
    ["no end", `${title}${cover}`, 400, "the body is no multipart form: its end is missing"],
    ["cut in a part", `${title}--b\r\ncontent-`, 400, "the body is no multipart form: its end is missing"],
    ["another boundary", "--c\r\n\r\n--c--", 400, "the body is no multipart form: its boundary does not occur in it"],
    [
      "a head without end",
      `${title}--b\r\na: b\r\n--b--`,
      400,
      "the body is no multipart form: the head of a part does not end",
    ],
    [
      "a head that is none",
      `${title}--b\r\na b\r\n\r\n\r\n--b--`,
      400,
      "the body is no multipart form: the head of a part is no head",
    ],
    [
      "a part without name",
      `${part('filename="a; name=title"', "t")}${cover}--b--`,
      400,
      "the body is no multipart form: a part has no name",
    ],
    [
      "two names",
      `${part('name="a"; name="title"', "t")}${cover}--b--`,
      400,
      "the body is no multipart form: a part has no name",
    ],
    [
      "two dispositions",
      `${part('name="title"\r\ncontent-disposition: form-data; name="x"', "t")}${cover}--b--`,
      400,
      "the body is no multipart form: the head of a part is no head",
    ],
    ["a field twice", `${title}${title}${cover}--b--`, 400, "title is given more than once in the body"],
    ["a file twice", `${title}${cover}${cover}--b--`, 400, "cover is given more than once in the body"],
    ["no file chosen", `${title}${part('name="cover"; filename=""', "")}--b--`, 400, "cover is missing from the body"],
    [
      "a type that is not wanted",
      `${title}${cover.replace("image/png", "image/gif")}--b--`,
      415,
      "cover must be image/png or image/jpeg",
    ],
    ["no JSON", `${title}${cover}${part('name="place"', "{")}--b--`, 400, "place must be object"],
    [
      "JSON that does not fit",
      `${title}${cover}${part('name="place"', "{}")}--b--`,
      400,
      "place.city is missing from the body",
    ],
  ])("raw bytes: %s", async (_name, body, status, error) => {
    const headers = { "content-type": 'multipart/form-data; boundary="b"' };
    const answer = await service().server.fetch(
      new Request("http://forms.test/album", { method: "POST", body, headers }),
    );
    const said: unknown = await answer.json();
    expect([answer.status, said]).toEqual([status, error === undefined ? { ordered: "x" } : { error }]);
  });

  test("a form without a boundary, one that is no text where it should be, and one that is too large", async () => {
    const ask = async (body: BodyInit, contentType: string) => {
      const request = new Request("http://forms.test/album", {
        method: "POST",
        body,
        headers: { "content-type": contentType },
      });
      return (await service().server.fetch(request)).json();
    };
    expect(await ask("--b--", "multipart/form-data")).toEqual({
      error: "the body is no multipart form: its type names no boundary",
    });
    const latin = new Blob([
      '--b\r\ncontent-disposition: form-data; name="title"\r\n\r\n',
      Uint8Array.of(0xff),
      "\r\n--b--",
    ]);
    expect(await ask(latin, "multipart/form-data; boundary=b")).toEqual({
      error: "the body is no multipart form: a field is not UTF-8",
    });
    expect(await ask(new Uint8Array(1_048_577), "multipart/form-data; boundary=b")).toEqual({
      error: "the body is larger than 1048576 bytes",
    });
  });
});

describe("several media types", () => {
  test.each<[contentType: string | undefined, body: unknown, want: string]>([
    [undefined, { count: 1 }, "application/json"],
    [
      "application/x-www-form-urlencoded",
      { amount: 2, sizes: [1, 2], colors: ["r,", "g"] },
      "application/x-www-form-urlencoded",
    ],
    ["text/plain", "two", "text/plain"],
  ])(
    "%s is chosen by the caller, told to the handler and checked by its own schema",
    async (contentType, body, want) => {
      expect(await arrived("order", body, contentType)).toMatchObject({ status: 200, body, contentType: want });
    },
  );

  test("a form beside another form has its own fields", async () => {
    expect(await arrived("order", { list: png("l") }, "multipart/form-data")).toMatchObject({
      body: { list: ["l", "image/png", "png"] },
      contentType: "multipart/form-data",
    });
  });

  test.each([
    ["application/json", '{"amount":2}', "count is missing from the body"],
    ["application/x-www-form-urlencoded", "count=1", "amount is missing from the body"],
    ["application/x-www-form-urlencoded", "amount=x", "amount must be integer"],
    ["multipart/form-data; boundary=b", "--b--", "list is missing from the body"],
  ])("what fits another type does not fit %s: %s", async (contentType, body, error) => {
    const headers = { "content-type": contentType };
    const request = new Request("http://forms.test/order", { method: "POST", body, headers });
    expect(await (await service().server.fetch(request)).json()).toEqual({ error });
  });

  test("a list that is written with pipes, and one that repeats its key", async () => {
    const body = { amount: 2, sizes: [1, 2], colors: ["r,", "g"] };
    const { text } = await arrived("order", body, "application/x-www-form-urlencoded");
    expect(text).toBe("amount=2&sizes=1%7C2&colors=r%2C&colors=g");
  });

  test("the handler chooses the type of its answer, which the caller is told and may have asked for", async () => {
    const asked: unknown[] = [];
    const handlers = {
      order: (_request: unknown, { request }: { readonly request: { header(name: string): string | undefined } }) => {
        const accept = request.header("accept");
        asked.push(accept);
        if (accept === "text/csv") return { status: 200, contentType: "text/csv", body: new Uint8Array([65]) } as const;
        if (accept === "text/plain") return { status: 200, contentType: "text/plain", body: "plain" } as const;
        return { status: 200, body: { ordered: "json" } } as const;
      },
    };
    const server = createServer<
      Pick<Operations, "order">,
      { readonly request: { header(name: string): string | undefined } }
    >(
      { operations: { order: operations["order"]! }, requests: checks.requests },
      handlers as never, // The table of the fixture is loose; the types of such answers stand in contracts.test.ts.
      { admit: ({ request }) => ({ request }) },
      { responses: checks.responses },
    );
    const client = createClient<Pick<Operations, "order">>(
      { operations, securitySchemes: {}, responses: checks.responses },
      { baseUrl: "http://forms.test", fetch: server.fetch },
    );
    const json = await client["order"]!({ body: { count: 1 } });
    const plain = await client["order"]!({ body: { count: 1 }, accept: "text/plain" });
    const csv = await client["order"]!({ body: { count: 1 }, accept: "text/csv" });
    expect(
      [json, plain].map(({ contentType, body, headers }) => [contentType, body, headers.get("content-type")]),
    ).toEqual([
      ["application/json", { ordered: "json" }, "application/json"],
      ["text/plain", "plain", "text/plain; charset=utf-8"],
    ]);
    expect([csv.contentType, await new Response(csv.body as ReadableStream).text()]).toEqual(["text/csv", "A"]);
    expect(asked).toEqual([undefined, "text/plain", "text/csv"]);
  });

  test("its types say so", async () => {
    const [file] = await emitOperations(forms.model);
    expect(file?.text).toContain('"text/csv": ReadableStream<Uint8Array>;');
    expect(file?.text).toContain('      "text/plain": string;\n    };\n    assumed: "application/json";');
  });
});

describe("forms of Swagger 2.0", () => {
  test.each([["multipart/form-data"], ["application/x-www-form-urlencoded"]])(
    "lists in their formats, and a field that is empty: %s",
    async (contentType) => {
      const body = { ids: [1, 2], names: ["a", "b"], marks: ["a,b", "c"], size: "" };
      const { text, ...rest } = await arrived("older", body, contentType);
      expect(rest).toEqual({ status: 200, body, contentType });
      expect(text).toContain(
        contentType.startsWith("m") ? "\r\n1|2\r\n" : "ids=1%7C2&names=a%2Cb&marks=a%2Cb&marks=c&size=",
      );
      expect((await arrived("older", { size: 7 }, contentType)).body).toEqual({ size: 7 });
      await expect(arrived("older", { size: "x" }, contentType)).rejects.toThrow("older was answered 400");
    },
  );

  test("a file, answered by a file", async () => {
    expect(await arrived("olderFile", { file: png("f") })).toMatchObject({ body: { file: ["f", "image/png", "png"] } });
    expect(operations["olderFile"]?.responses["200"]?.content).toEqual({ "application/json": "bytes" });
  });
});
