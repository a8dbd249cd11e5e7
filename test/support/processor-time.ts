/** What this process has used of processors, in milliseconds: a machine that stands still meanwhile does not count. */
export const processorMs = (): number => process.cpuUsage().user / 1_000;
