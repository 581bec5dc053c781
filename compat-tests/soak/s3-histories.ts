/** One seeded history after another on the same gateway program, each with kills in the middle, until the time is up. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHistory } from '../consistency/s3-history.ts';
import { startGateway } from '../lib/gateway.ts';
import { SeededRandom } from '../lib/random.ts';

export interface HistoriesOptions {
  readonly seconds: number;
  readonly seed: string;
  readonly report: (line: string) => void;
}

export interface HistoriesResult {
  readonly seed: string;
  readonly histories: number;
  readonly calls: number;
  readonly unanswered: number;
  readonly keys: number;
  readonly races: number;
  readonly kills: number;
  readonly readyMsMax: number;
  /** Configurations that the checker met. */
  readonly configurations: number;
  readonly checkSecondsMax: number;
  /** How often each kind of call ended in which way. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const requestsMin = 1000;
const requestsMax = 6000;
const killsMax = 4;
const hotKeysMax = 6;
/** A kill leaves as many calls unanswered; the search grows as two to the power of those on one key. */
const callersPerKeyMax = 6;

export async function runHistories(options: HistoriesOptions): Promise<HistoriesResult> {
  const random = new SeededRandom(`histories ${options.seed}`);
  const end = performance.now() + options.seconds * 1000;
  const sums = { histories: 0, calls: 0, unanswered: 0, keys: 0, races: 0, kills: 0, configurations: 0 };
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let readyMsMax = 0;
  let checkSecondsMax = 0;
  while (performance.now() < end && faults.length === 0) {
    const seed = `${options.seed} ${sums.histories}`;
    const requests = random.between(requestsMin, requestsMax);
    const kills = random.between(0, killsMax);
    const killAfter = Array.from({ length: kills }, () => random.between(1, requests)).sort((a, b) => a - b);
    const callers = random.between(4, 32);
    const hotKeys = random.between(Math.ceil(callers / callersPerKeyMax), hotKeysMax);
    const { result, target } = await runHistory(await startGateway(), {
      seed,
      callers,
      hotKeys,
      requests,
      killAfter,
    });
    await target.dispose();
    sums.histories += 1;
    sums.calls += result.calls;
    sums.keys += result.keys;
    sums.races += result.races;
    sums.kills += result.kills;
    sums.configurations += result.configurations;
    readyMsMax = Math.max(readyMsMax, ...result.readyMs);
    checkSecondsMax = Math.max(checkSecondsMax, result.checkSeconds);
    for (const [name, count] of Object.entries(result.outcomes)) {
      outcomes[name] = (outcomes[name] ?? 0) + count;
      if (name.endsWith('unknown')) sums.unanswered += count;
    }
    options.report(
      `history "${seed}": ${result.calls} calls of ${callers} callers on ${hotKeys} hot keys, ${result.kills} kills, ` +
        `${result.races} races, ${result.configurations} configurations in ${result.checkSeconds.toFixed(1)} s, ` +
        `${result.faults.length} faults`,
    );
    if (result.faults.length > 0) {
      const path = join(tmpdir(), `hypergate-history-${Date.now()}.json`);
      writeFileSync(
        path,
        JSON.stringify({ seed, callers, hotKeys, requests, killAfter, history: result.history }),
      );
      options.report(`the history is kept in ${path}`);
      faults.push(...result.faults.map((fault) => `history "${seed}": ${fault}`));
    }
  }
  const sorted = Object.fromEntries(Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { seed: options.seed, ...sums, readyMsMax, checkSecondsMax, outcomes: sorted, faults };
}
