import type { Case } from "./case.js";
import type { Fault } from "./judge.js";
import type { Run, Subject } from "./run.js";

/** How many requests may be spent on making one finding plainer. */
const mostShrinks = 24;

/** The same fault by plainer choices, where there are some. */
export async function plainer(run: Run, subject: Subject, found: Case, fault: Fault): Promise<Case> {
  let best = found;
  let tries = 0;
  const attempt = async (numbers: readonly number[]): Promise<boolean> => {
    tries += 1;
    const made = tries > mostShrinks || run.isOver ? undefined : await subject.requests.fitting(numbers);
    if (made === undefined) return false;
    const faults = await run.faultsOf(subject, made);
    if (faults.every(({ kind }) => kind !== fault.kind)) return false;
    best = made;
    return true;
  };
  if (found.numbers === undefined || fault.kind === "hang" || (await attempt([]))) return best;
  for (let length = Math.floor(found.numbers.length / 2); length >= 1; length = Math.floor(length / 2)) {
    if (!(await attempt((best.numbers ?? []).slice(0, length)))) break;
  }
  const { numbers = [] } = best;
  for (const [index, number] of numbers.entries()) {
    if (number !== 0) await attempt((best.numbers ?? []).map((kept, at) => (at === index ? 0 : kept)));
  }
  return best;
}
