import { Command } from "commander";
import { administering } from "./administration.js";
import { type ConfigOptions, configOption } from "./configuration.js";
import { print } from "./output.js";

/** `threepid token`: access tokens of the identity service's version 2. */
export const tokenCommand = (): Command => {
  const token = new Command("token").description("access tokens of the identity server's version 2");
  token
    .command("issue")
    .description("make an access token for a user and print it; it cannot be shown again")
    .requiredOption("--mxid <user>", "the user it stands for, such as @alice:example.org")
    .addOption(configOption())
    .action(({ mxid, ...options }: ConfigOptions & { readonly mxid: string }) =>
      administering(
        options,
        (compose, configuration) => compose.administrate(configuration),
        async ({ issueToken }) => print(await issueToken(mxid)),
      ),
    );
  return token;
};
