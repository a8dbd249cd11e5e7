import { Command } from "commander";
import { administrationOf } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";

/** `threepid token`: access tokens of the identity service's version 2. */
export const tokenCommand = (): Command => {
  const token = new Command("token").description("access tokens of the identity server's version 2");
  token
    .command("issue")
    .description("make an access token for a user and print it; it cannot be shown again")
    .requiredOption("--mxid <user>", "the user it stands for, such as @alice:example.org")
    .addOption(configOption())
    .action(async ({ mxid, ...options }: ConfigOptions & { readonly mxid: string }) => {
      const administration = await administrationOf(options);
      try {
        process.stdout.write(`${await administration.issueToken(mxid)}\n`);
      } finally {
        administration.close();
      }
    });
  return token;
};
