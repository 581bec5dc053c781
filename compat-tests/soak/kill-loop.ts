/**
 * The SIGKILL loop of a service: load on a gateway, a kill at a seeded moment, a start over the same directory, and a look at everything: what
 * was answered must be there, of what was not answered a first part may be. What load there is, what is killed and how it is judged is
 * each service's part.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@hypergate/node/sim/ports';
import { type GatewayOptions, startGateway } from '../lib/gateway.ts';
import { SeededRandom } from '../lib/random.ts';
import { freshDirectory, type Target } from '../lib/target.ts';

export interface KillLoopOptions {
  readonly loops: number;
  readonly seed: string;
  /** Upper bound of a loop's load, in ms. */
  readonly killAfterMsMax: number;
  readonly keepData: boolean;
  readonly report: (line: string) => void;
}

export interface KillLoopResult {
  readonly seed: string;
  readonly loops: number;
  /** From the kill or the start of the gateway to the first answer. */
  readonly readyMsMedian: number;
  readonly readyMsMax: number;
  readonly lost: number;
  /** At most the first 50, in full. */
  readonly faults: readonly string[];
}

export interface KillLoopEnd {
  readonly result: KillLoopResult;
  readonly faultCount: number;
}

type Start = (onSpawn?: (pid: number) => void) => Promise<Target>;

export interface Round {
  readonly seed: string;
  readonly number: number;
  readonly killAfterMs: number;
  readonly random: SeededRandom;
  readonly target: Target;
  /** For a start that is not the last. */
  readonly start: Start;
}

export interface Killed {
  /** What was killed, and when: for the report. */
  readonly what: string;
  /** It was something else than the gateway, which goes on. */
  readonly isGatewayAlive?: boolean;
}

/** A service's part; `Ready` is what it verifies through. */
export interface KillLoop<Ready> {
  readonly name: string;
  readonly gateway: Omit<GatewayOptions, 'dataDir' | 'port' | 'onSpawn'>;
  readonly killAfterMsMin: number;
  /** Before the first loop. */
  prepare(target: Target): Promise<void>;
  /** Puts the gateway under load, and resolves when something was killed and everybody has noticed. */
  loadAndKill(round: Round): Promise<Killed>;
  /** Resolves when the service answers again. */
  ready(target: Target): Promise<Ready>;
  /** Compares what is there with what may be. @returns what it saw: for the report */
  verify(ready: Ready, target: Target, fault: (text: string) => void): Promise<string>;
  /** After the last loop, while the gateway still runs. */
  finish?(target: Target, fault: (text: string) => void): Promise<void>;
  /** Leaves nothing running. */
  end(target: Target): Promise<void>;
  /** For the result, besides what all have. */
  numbers(faults: readonly string[]): object;
}

const faultsMax = 100;
const faultsShown = 50;

export async function runKillLoop<Ready>(
  service: KillLoop<Ready>,
  { loops, seed, killAfterMsMax, keepData, report }: KillLoopOptions,
): Promise<KillLoopEnd> {
  const random = new SeededRandom(`${service.name} loop ${seed}`);
  const work = freshDirectory(`${service.name}-soak`);
  const where = { dataDir: join(work, 'data'), port: await freePort() };
  const start: Start = (onSpawn) =>
    startGateway({ ...service.gateway, ...where, ...(onSpawn === undefined ? {} : { onSpawn }) });
  const faults: string[] = [];
  const readyMs: number[] = [];
  let target = await start();
  try {
    await service.prepare(target);
    for (let number = 1; number <= loops && faults.length <= faultsMax; number += 1) {
      const killAfterMs = random.logBetween(service.killAfterMsMin, killAfterMsMax);
      const round = { seed: `${seed} loop ${number}`, number, killAfterMs, random, target, start };
      const { what, isGatewayAlive = false } = await service.loadAndKill(round);
      const before = performance.now();
      if (!isGatewayAlive) target = await start();
      const ready = await service.ready(target);
      const tookMs = performance.now() - before;
      readyMs.push(tookMs);
      const fault = (text: string) => void faults.push(`loop ${number}: ${text}`);
      const seen = await service.verify(ready, target, fault);
      report(
        `loop ${number}/${loops}: ${what}, ready in ${Math.round(tookMs)} ms, ${seen}, ${faults.length} faults`,
      );
    }
    await service.finish?.(target, (text) => void faults.push(text));
  } finally {
    await service.end(target);
  }
  if (keepData || faults.length > 0) report(`data and the gateway's log are kept in ${work}`);
  else rmSync(work, { recursive: true, force: true });
  readyMs.sort((a, b) => a - b);
  const result = {
    seed,
    loops: readyMs.length,
    readyMsMedian: Math.round(readyMs[readyMs.length >> 1] ?? 0),
    readyMsMax: Math.round(readyMs.at(-1) ?? 0),
    lost: faults.length,
    ...service.numbers(faults),
    faults: faults.slice(0, faultsShown),
  };
  return { result, faultCount: faults.length };
}

/**
 * Kills when something was answered and some time has passed.
 * @param begin starts callers, which end when their connections break
 */
export async function killUnderLoad(
  begin: (onAnswer: () => void) => readonly Promise<void>[],
  killAfterMs: number,
  kill: () => Promise<void>,
): Promise<void> {
  const first = Promise.withResolvers<void>();
  const work = begin(first.resolve);
  await Promise.race([first.promise, Promise.all(work)]);
  await delay(killAfterMs);
  await kill();
  await Promise.all(work);
}

/** Calls until it succeeds. */
export async function untilAnswered<Answer>(
  call: () => Promise<Answer>,
  limitMs: number,
  what: string,
): Promise<Answer> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${what} did not come back`, { cause: error });
      await delay(20);
    }
  }
}

/** Of a gateway that leads a process group: with everything that it started and that stayed in the group. */
export async function killGroup(target: Target): Promise<void> {
  killOne(-target.pid);
  await target.exited;
}

export function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
