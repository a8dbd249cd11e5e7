/** What a session proves, and publishing it. Identity Service API, "Establishing associations"; see also unbinding. */

import type { BindRequest } from "../../generated/identity/index.js";
import { limitTo } from "../validation/dispatch.js";
import { requireAllowed } from "./allowed-homeservers.js";
import { binding } from "./binding.js";
import type { Given, IdentityContext, Section } from "./context.js";
import { requireCaller, requireV1 } from "./permission.js";
import type { IdentityPorts } from "./ports.js";
import type { IdentitySettings } from "./settings.js";
import { requireUserId } from "./user-id.js";

export const associations = (
  ports: IdentityPorts,
  settings: IdentitySettings,
): Section<"getValidated3pid" | "getValidated3pidV2" | "bind" | "bindV2"> => {
  const { validation, limiter } = ports;
  const { serverName, v1 } = settings;
  const bind = binding(ports, serverName);

  const getValidated3pid = async ({ query: { sid, client_secret } }: Given<"getValidated3pid", "query">) => {
    const { medium, address, validatedAt } = await validation.validated(sid, client_secret);
    return { status: 200, body: { medium, address, validated_at: validatedAt } } as const;
  };

  const publish = async ({ sid, client_secret, mxid }: BindRequest, { clientIp }: IdentityContext) => {
    requireAllowed(settings, requireUserId("mxid", mxid).serverName);
    await limitTo(limiter, "bind.ip", clientIp);
    const threepid = await validation.validated(sid, client_secret);
    // Only now: a stranger without a session must not use up somebody else's allowance.
    await limitTo(limiter, "bind.mxid", mxid);
    return { status: 200, body: await bind(threepid, mxid) } as const;
  };

  return {
    getValidated3pid,
    getValidated3pidV2: getValidated3pid,
    bind: ({ body }, context) => {
      requireV1(v1.bindAnyMxid);
      return publish(body, context);
    },
    bindV2: ({ body }, context) => {
      requireUserId("mxid", body.mxid);
      requireCaller(context, body.mxid, "You can bind an address to your own user ID only.");
      return publish(body, context);
    },
  };
};
