/** A captcha service on loopback, whose widget solves itself. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface CaptchaProvider {
  /** The options of a homeserver that asks it. */
  readonly options: Readonly<Record<"public_key" | "secret_key" | "verify_url" | "script_url", string>> & {
    readonly sources: readonly string[];
  };
  /** What it was asked about. */
  readonly asked: readonly { readonly secret: string | null; readonly response: string | null }[];
  close(): Promise<void>;
}

const widget = `
for (const place of document.querySelectorAll(".g-recaptcha")) {
  const answer = document.createElement("textarea");
  answer.name = "g-recaptcha-response";
  answer.value = place.dataset.sitekey === "site" ? "solved" : "of another site";
  answer.hidden = true;
  place.append(answer);
}`;

export const captchaProvider = async (): Promise<CaptchaProvider> => {
  const asked: { readonly secret: string | null; readonly response: string | null }[] = [];
  const server = createServer(async (request, answer) => {
    if (request.url === "/api.js") {
      answer.writeHead(200, { "content-type": "text/javascript" }).end(widget);
      return;
    }
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const form = new URLSearchParams(text);
    const response = form.get("response");
    asked.push({ secret: form.get("secret"), response });
    answer.writeHead(200, { "content-type": "application/json" });
    answer.end(JSON.stringify({ success: response === "solved" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // what a server that listens on a port has
  const url = `http://127.0.0.1:${port}`;
  return {
    options: {
      public_key: "site",
      secret_key: "of the operator",
      verify_url: `${url}/siteverify`,
      script_url: `${url}/api.js`,
      sources: [url],
    },
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
