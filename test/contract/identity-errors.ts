/** Every error that the identity service's sections name, each in the state that leads to it. */

import { type OperationId, operations } from "../../generated/identity/index.js";
import { describeErrors } from "./error-row.js";
import { accountErrors } from "./identity-account-errors.js";
import { associationErrors } from "./identity-association-errors.js";
import { inviteErrors } from "./identity-invite-errors.js";
import { sendingErrors } from "./identity-sending-errors.js";
import { submissionErrors, submissions } from "./identity-submission-errors.js";
import { alice } from "./journeys.js";
import type { World } from "./world.js";

const rows = [...sendingErrors, ...submissionErrors, ...associationErrors, ...inviteErrors, ...accountErrors];

const told: ReadonlySet<string> = new Set(submissions);

export const describeIdentityErrors = (world: () => World): void => {
  const token = async (current: World, id: OperationId) =>
    operations[id].auth === "required" ? current.issueToken(alice) : undefined;
  // Version 1 tells with status 200 why a token was not taken.
  const status = (id: OperationId, declared: number) => (told.has(id) && !id.endsWith("V2") ? 200 : declared);
  describeErrors(rows, { contract: ({ identity }) => identity, token, status }, world);
};
