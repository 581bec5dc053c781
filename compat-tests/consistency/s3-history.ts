/** A seeded run: concurrent conditional and unconditional requests on few keys of a real gateway, killed in the middle if asked. */

import { SeededRandom } from '../lib/random.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import type { Target } from '../lib/target.ts';
import { type Body, makeBody } from './bodies.ts';
import { HistoryCaller, type Notebook } from './caller.ts';
import type { ObjectCall } from './history.ts';
import { type Judgement, judge } from './judge.ts';
import { Server } from './server.ts';

export interface HistoryOptions {
  readonly seed: string;
  readonly callers: number;
  readonly hotKeys: number;
  /** Requests of all callers together. */
  readonly requests: number;
  /** SIGKILL and restart when so many requests were begun, in ascending order. */
  readonly killAfter: readonly number[];
}

export interface HistoryResult extends Judgement {
  readonly kills: number;
  readonly readyMs: readonly number[];
  readonly checkSeconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly history: readonly ObjectCall[];
}

const bucket = 'history';
const prefix = 'hot/';
const creatorsOfRace = 6;
/** Objects that nobody changes, to copy from. */
const fixedObjects = 24;

/** What a caller's turn may be; a conditional DELETE is one more row: `caller.remove(key, { ifMatch: turn.guess() })`. */
const turns: readonly { readonly weight: number; readonly take: (turn: Turn) => Promise<void> }[] = [
  { weight: 12, take: ({ caller, key, body }) => caller.put(key, body()) },
  { weight: 16, take: ({ caller, key, body }) => caller.put(key, body(), { ifNoneMatch: '*' }) },
  { weight: 18, take: ({ caller, key, body, guess }) => caller.put(key, body(), { ifMatch: guess() }) },
  { weight: 2, take: ({ caller, key, body }) => caller.complete(key, body()) },
  { weight: 4, take: ({ caller, key, body }) => caller.complete(key, body(), { ifNoneMatch: '*' }) },
  { weight: 4, take: ({ caller, key, body, guess }) => caller.complete(key, body(), { ifMatch: guess() }) },
  { weight: 2, take: ({ caller, key, fixed: [source, body] }) => caller.copyFrom(source, body, key) },
  {
    weight: 3,
    take: ({ caller, key, fixed: [source, body] }) =>
      caller.copyFrom(source, body, key, { ifNoneMatch: '*' }),
  },
  {
    weight: 3,
    take: ({ caller, key, fixed: [source, body], guess }) =>
      caller.copyFrom(source, body, key, { ifMatch: guess() }),
  },
  { weight: 8, take: ({ caller, key }) => caller.remove(key) },
  { weight: 6, take: ({ caller, key, guess }) => caller.remove(key, { ifMatch: guess() }) },
  { weight: 12, take: ({ caller, key }) => caller.get(key) },
  { weight: 3, take: ({ caller, key, guess }) => caller.get(key, { ifMatch: guess() }) },
  { weight: 3, take: ({ caller, key, guess }) => caller.get(key, { ifNoneMatch: guess() }) },
  { weight: 3, take: ({ caller, key, guess }) => caller.copyTo(key, guess()) },
  { weight: 3, take: ({ caller, hotKeys }) => caller.list(prefix, hotKeys) },
  { weight: 10, take: ({ caller, race, body }) => caller.put(race(), body(), { ifNoneMatch: '*' }) },
  { weight: 3, take: ({ caller, race, body }) => caller.complete(race(), body(), { ifNoneMatch: '*' }) },
];

interface Turn {
  readonly caller: HistoryCaller;
  readonly key: string;
  readonly hotKeys: readonly string[];
  readonly fixed: readonly [source: string, body: Body];
  readonly body: () => Body;
  /** An etag that stands under the key, or stood there a moment ago. */
  readonly guess: () => string;
  /** A new key that several callers create at about the same time. */
  readonly race: () => string;
}

/** Leaves the server running and its target in the result's place: the caller disposes of it. */
export async function runHistory(
  start: Target,
  options: HistoryOptions,
): Promise<{ readonly result: HistoryResult; readonly target: Target }> {
  const server = new Server(start);
  const notebook: Notebook = { history: [], faults: [], seeds: new Map(), heard: new Map() };
  const random = new SeededRandom(`history ${options.seed}`);
  const hotKeys = Array.from({ length: options.hotKeys }, (_unused, i) => `${prefix}${i}`);
  const fixed = await storeFixed(start, notebook, random);
  const kills = [...options.killAfter];
  let begun = 0;
  let seed = fixedObjects;
  let races = 0;
  const work = async (number: number): Promise<void> => {
    const own = new SeededRandom(`history ${options.seed} caller ${number}`);
    const caller = new HistoryCaller(server, notebook, bucket, number);
    while (begun < options.requests) {
      begun += 1;
      if (kills[0] !== undefined && begun >= kills[0]) {
        kills.shift();
        await server.killAndRestart();
      }
      const key = own.pick(hotKeys);
      await pickTurn(own).take({
        caller,
        key,
        hotKeys,
        fixed: own.pick(fixed),
        body: () => makeBody(seed++, own),
        guess: () => notebook.heard.get(key) ?? own.pick(fixed)[1].etag,
        race: () => `race/${Math.floor(races++ / creatorsOfRace)}`,
      });
    }
    caller.close();
  };
  // All of them end before the history is judged, also when one fails.
  const ends = await Promise.allSettled(
    Array.from({ length: options.callers }, (_unused, number) => work(number)),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) notebook.faults.push(`a caller ended: ${String(failed.reason)}`);
  await readAll(server, notebook, hotKeys);
  const checkBegan = performance.now();
  const verdict = judge(notebook.history);
  const result: HistoryResult = {
    ...verdict,
    faults: [...notebook.faults, ...verdict.faults],
    kills: server.generation,
    readyMs: server.readyMs,
    checkSeconds: (performance.now() - checkBegan) / 1000,
    outcomes: tally(notebook.history),
    history: notebook.history,
  };
  return { result, target: server.target };
}

async function storeFixed(
  target: Target,
  notebook: Notebook,
  random: SeededRandom,
): Promise<readonly (readonly [string, Body])[]> {
  const caller = new S3Caller(target);
  await caller.ok({ method: 'PUT', path: `/${bucket}` });
  const fixed: [string, Body][] = [];
  for (let seed = 0; seed < fixedObjects; seed += 1) {
    const body = makeBody(seed, random);
    notebook.seeds.set(body.etag, seed);
    await caller.ok({ method: 'PUT', path: `/${bucket}/fixed/${seed}`, body: body.bytes });
    fixed.push([`fixed/${seed}`, body]);
  }
  caller.close();
  return fixed;
}

/** Ends the history: what stands under each key when nobody writes any more. */
async function readAll(server: Server, notebook: Notebook, hotKeys: readonly string[]): Promise<void> {
  await server.up();
  const reader = new HistoryCaller(server, notebook, bucket, -1);
  for (const key of new Set(notebook.history.map((call) => call.key))) await reader.get(key);
  await reader.list(prefix, hotKeys);
  reader.close();
}

const weights = turns.reduce((sum, { weight }) => sum + weight, 0);

function pickTurn(random: SeededRandom): (typeof turns)[number] {
  let left = random.next() * weights;
  return turns.find(({ weight }) => (left -= weight) < 0) ?? turns[0]!;
}

function tally(history: readonly ObjectCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action, outcome } of history) {
    const condition = action.condition === undefined ? '' : ` ${Object.keys(action.condition)[0]}`;
    const name = `${action.kind}${condition} ${outcome.is}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
