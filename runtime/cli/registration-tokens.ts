import { Command, InvalidArgumentError } from "commander";
import type { Configuration, RegistrationTokenAdministration } from "../compose.js";
import { administering } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";

interface Wanted extends ConfigOptions {
  readonly uses?: number;
  readonly expires?: number;
}

const within = (
  options: ConfigOptions,
  work: (tokens: RegistrationTokenAdministration, configuration: Configuration) => Promise<string>,
): Promise<void> =>
  administering(
    options,
    (compose, configuration) => compose.administrateRegistrationTokens(configuration),
    async (tokens, configuration) => void process.stdout.write(await work(tokens, configuration)),
  );

/** A token is worth something only where registration asks for one. */
const tellUnasked = ({ homeserver }: Configuration): void => {
  const flows = homeserver?.registration.flows ?? [];
  if (flows.some((flow) => flow.includes("m.login.registration_token"))) return;
  process.stderr.write(
    "warning: no way to register asks for a token; give homeserver.registration.flows one with m.login.registration_token\n",
  );
};

const count = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It is a number of accounts, such as 5.");
  return Number(text);
};

const time = (text: string): number => {
  const isTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const parsed = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(parsed)) {
    throw new InvalidArgumentError("It is a date such as 2030-12-31, or a time such as 2030-12-31T18:00Z.");
  }
  return parsed;
};

const row = ({
  token,
  completed,
  pending,
  usesAllowed,
  expiresAt,
}: Awaited<ReturnType<RegistrationTokenAdministration["list"]>>[number]): string =>
  [
    token,
    `${completed} of ${usesAllowed ?? "any number"} used`,
    `${pending} pending`,
    expiresAt === undefined ? "does not expire" : `expires ${new Date(expiresAt).toISOString()}`,
  ].join("\t");

/** `threepid registration-tokens`: who may register where registration asks for a token. */
export const registrationTokensCommand = (): Command => {
  const tokens = new Command("registration-tokens").description(
    "tokens that let their holders register on the homeserver, also while it runs",
  );
  tokens
    .command("issue")
    .description("make a token and print it")
    .argument("[token]", "a token of your own choosing; a random one without it")
    .option("--uses <number>", "how many accounts may come of it; any number without the option", count)
    .option("--expires <time>", "when it ends, such as 2030-12-31; never without the option", time)
    .addOption(configOption())
    .action((token: string | undefined, { uses, expires: expiresAt, ...options }: Wanted) =>
      within(options, async ({ issue }, configuration) => {
        const issued = await issue({ token, uses, expiresAt });
        tellUnasked(configuration);
        return `${issued}\n`;
      }),
    );
  tokens
    .command("list")
    .description("print each token, how often it was used, and when it ends")
    .addOption(configOption())
    .action((options: ConfigOptions) =>
      within(options, async ({ list }) => (await list()).map((token) => `${row(token)}\n`).join("")),
    );
  tokens
    .command("revoke")
    .description("take a token back, from registrations that are under way, too")
    .argument("<token>", "the token")
    .addOption(configOption())
    .action((token: string, options: ConfigOptions) =>
      within(options, async ({ revoke }) => {
        await revoke(token);
        return `${token} is revoked\n`;
      }),
    );
  return tokens;
};
