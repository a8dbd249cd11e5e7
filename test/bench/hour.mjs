// npm run bench -- identity hour: what the server holds of memory while people use it for an hour, at an even pace that
// leaves the machine room for other work.
import { setTimeout as wait } from "node:timers/promises";

const minutes = 60;
const readsEvery = 10;
const journeysEvery = 100;
const booksEvery = 1_000;

/** One session, and one invite that waits for it, for each journey; and some more, since clocks are not exact. */
export const sessionsOfAnHour = Math.ceil(((minutes * 60_000) / journeysEvery) * 1.01);

const json = { "content-type": "application/json" };

const asking = (base, answers) => async (row) => {
  const { path, method = "GET", headers = {}, next } = row;
  const body = next === undefined ? {} : { body: next() };
  const response = await fetch(base + path, { method, headers: { ...json, ...headers }, ...body });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${method} ${path} was answered ${response.status}`);
  answers.count += 1;
};

/** Calls it again and again, each time when the last one has ended, until told to stop; `stop` throws what failed. */
function every(milliseconds, work) {
  const stopping = new AbortController();
  const going = (async () => {
    for (let due = performance.now(); !stopping.signal.aborted; due += milliseconds) {
      await wait(Math.max(0, due - performance.now()));
      await work();
    }
  })().catch((error) => error);
  return async () => {
    stopping.abort();
    const failure = await going;
    if (failure !== undefined) throw failure;
  };
}

const inTurns = (values) => {
  let number = 0;
  return () => values[number++ % values.length];
};

const megabytes = (value) => `${value}`.padStart(8);

/**
 * @param reads rows that use nothing up, `writes` one of each step of a journey, in order, `book` a lookup of an address book
 */
export async function hour(server, say, { reads, writes, book }) {
  const answers = { count: 0 };
  const ask = asking(server.line, answers);
  const read = inTurns(reads);
  const stops = [
    every(readsEvery, () => ask(read())),
    every(readsEvery, () => ask(read())),
    every(booksEvery, () => ask(book)),
    every(journeysEvery, async () => {
      for (const step of writes) await ask(step);
    }),
  ];
  say("");
  say(
    "  minute  answers       MB  at most   of these its own: the rest is the program and the database's file, mapped",
  );
  for (let minute = 1; minute <= minutes; minute++) {
    await wait(60_000);
    if (minute % 5 === 0 || minute < 5) {
      const shown = [server.megabytes(), server.peakMegabytes(), server.ownMegabytes()].map(megabytes).join(" ");
      say(`${`${minute}`.padStart(8)}${`${answers.count}`.padStart(9)} ${shown}`);
    }
  }
  await Promise.all(stops.map((stop) => stop()));
}
