/**
 * The SIGKILL loop: gateway, load client and killer each in a process of its own, over one data directory. Each loop:
 * load from 32 callers, kill at a seeded moment, start again (sometimes killed a second time while it recovers), verify.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@hypergate/node/sim/ports';
import { directoryBytes } from '../lib/admin.ts';
import { startGateway } from '../lib/gateway.ts';
import { FrameLedger, quickFrames } from '../lib/proofs.ts';
import { SeededRandom } from '../lib/random.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import { cleanEnvironment, freshDirectory, type Target } from '../lib/target.ts';
import { type Expectation, readJournal } from './journal.ts';
import * as limits from './limits.ts';
import type { LoadOrder } from './load.ts';
import { verify } from './verify.ts';
import { ProofChecks } from './verify-proofs.ts';

export interface LoopOptions {
  readonly loops: number;
  readonly seed: string;
  /** Upper bound of a loop's load, in ms. */
  readonly killAfterMsMax: number;
  readonly keepData: boolean;
  readonly report: (line: string) => void;
}

export interface LoopResult {
  readonly seed: string;
  readonly loops: number;
  readonly kills: number;
  readonly killsInRecovery: number;
  readonly writesInFlight: number;
  readonly acknowledged: Expectation['acknowledged'];
  readonly writtenBytes: number;
  readonly unansweredApplied: number;
  readonly unansweredAbsent: number;
  readonly objectsVerified: number;
  readonly bytesVerified: number;
  readonly openUploadsVerified: number;
  readonly proofsVerified: number;
  /** Different frames that were seen in files and proofs. */
  readonly framesSeen: number;
  readonly readyMsMedian: number;
  readonly readyMsMax: number;
  readonly directoryBytesMax: number;
  readonly directoryBytesLast: number;
  readonly liveBytesLast: number;
  readonly lost: number;
  readonly torn: number;
  readonly otherFaults: number;
  /** At most the first 50, in full. */
  readonly faults: readonly string[];
}

export async function runLoops(options: LoopOptions): Promise<LoopResult> {
  const random = new SeededRandom(`kill loop ${options.seed}`);
  const work = freshDirectory('soak');
  const journal = join(work, 'journal.jsonl');
  appendFileSync(journal, '');
  const port = await freePort();
  const start = (onSpawn?: (pid: number) => void): Promise<Target> =>
    startGateway({
      dataDir: join(work, 'data'),
      port,
      env: { ...quickFrames, HYPERGATE_FRAME_INTERVAL: limits.frameInterval },
      ...(onSpawn === undefined ? {} : { onSpawn }),
    });

  const faults: string[] = [];
  const readyMs: number[] = [];
  const sums = { applied: 0, absent: 0, objects: 0, bytes: 0, uploads: 0, kills: 0, recoveryKills: 0 };
  let directoryBytesMax = 0;
  let directoryBytesLast = 0;
  let liveBytes = 0;
  const proofs = new ProofChecks(new FrameLedger(), new SeededRandom(`proofs ${options.seed}`));
  let target = await start();
  const withProofs = target.name === 'hypergate';
  try {
    const caller = new S3Caller(target);
    await caller.ok({ method: 'PUT', path: `/${limits.bucket}` });
    caller.close();
    for (let loop = 1; loop <= options.loops; loop += 1) {
      const delay = random.logBetween(limits.killAfterMsMin, options.killAfterMsMax);
      const recoveryKill = random.next() < limits.killInRecoveryShare;
      await loadUntilKilled(target, loop, delay, { ...options, journal });
      sums.kills += 1;
      if (recoveryKill) {
        const early = random.logBetween(5, 600);
        // Killed before it was ready: the start fails, and that is what is wanted.
        let killed: Promise<void> | undefined;
        await start((pid) => {
          killed = killSoon(pid, early);
        }).then(
          (recovered) => recovered.exited,
          () => undefined,
        );
        await killed;
        sums.recoveryKills += 1;
      }
      const before = performance.now();
      target = await start();
      readyMs.push(performance.now() - before);
      const expected = readJournal(journal);
      const verdict = await verify(target, expected, journal);
      faults.push(...verdict.faults.map((text) => `loop ${loop}: ${text}`));
      if (withProofs) {
        const found = await proofs.check(target, expected);
        faults.push(...found.map((text) => `loop ${loop}: ${text}`));
      }
      sums.applied += verdict.doubtApplied;
      sums.absent += verdict.doubtAbsent;
      sums.objects += verdict.objects;
      sums.bytes += verdict.bytes;
      sums.uploads += verdict.openUploads;
      liveBytes = verdict.bytes;
      const directory = directoryBytes(join(work, 'data'));
      directoryBytesMax = Math.max(directoryBytesMax, directory);
      options.report(
        `loop ${loop}/${options.loops}: killed after ${delay} ms${recoveryKill ? ' and in recovery' : ''}, ready in ` +
          `${Math.round(readyMs.at(-1) as number)} ms, ${verdict.objects} objects of ${mib(verdict.bytes)} MiB, directory ${mib(directory)} MiB, ` +
          `${proofs.verified} proofs, ${proofs.frames} frames, ${faults.length} faults`,
      );
      if (faults.length > 200) break;
    }
    directoryBytesLast = await waitForCollection(join(work, 'data'), liveBytes, faults);
  } finally {
    await target.kill();
  }
  const total = readJournal(journal);
  faults.push(...total.faults);
  if (options.keepData || faults.length > 0)
    options.report(`data, journal and the gateway's log are kept in ${work}`);
  else rmSync(work, { recursive: true, force: true });
  readyMs.sort((a, b) => a - b);
  const torn = faults.filter((text) => /\btorn\b/.test(text)).length;
  const lost = faults.filter((text) => /\blost\b/.test(text)).length;
  return {
    seed: options.seed,
    loops: readyMs.length,
    kills: sums.kills,
    killsInRecovery: sums.recoveryKills,
    writesInFlight: limits.workers,
    acknowledged: total.acknowledged,
    writtenBytes: total.writtenBytes,
    unansweredApplied: sums.applied,
    unansweredAbsent: sums.absent,
    objectsVerified: sums.objects,
    bytesVerified: sums.bytes,
    openUploadsVerified: sums.uploads,
    proofsVerified: proofs.verified,
    framesSeen: proofs.frames,
    readyMsMedian: Math.round(readyMs[readyMs.length >> 1] ?? 0),
    readyMsMax: Math.round(readyMs.at(-1) ?? 0),
    directoryBytesMax,
    directoryBytesLast,
    liveBytesLast: liveBytes,
    lost,
    torn,
    otherFaults: faults.length - lost - torn,
    faults: faults.slice(0, 50),
  };
}

/** Starts load and killer; resolves when gateway and load client are both gone. */
async function loadUntilKilled(
  target: Target,
  loop: number,
  delayMs: number,
  options: LoopOptions & { readonly journal: string },
): Promise<void> {
  const order: LoadOrder = {
    port: target.port,
    identity: target.identity,
    journal: options.journal,
    seed: `${options.seed} loop ${loop}`,
    lifeMs: delayMs + 60_000,
    first: loop * 10_000_000,
    dataDir: target.dataDir,
    conditional: target.name === 'hypergate',
    proofs: target.name === 'hypergate',
  };
  const killer = startNode('killer.ts', [String(target.pid), String(delayMs)]);
  const load = startNode('load.ts', [JSON.stringify(order)]);
  // The kill is timed from the first acknowledged write, not from the start of a process on a busy machine.
  load.child.once('message', () => killer.child.send('go'));
  await load.ended;
  if (await stillRuns(target)) throw new Error('the load ended and nobody killed the gateway');
  await killer.ended;
}

/** The load client ends when its connections break: the gateway's end may be noticed a moment later. */
function stillRuns(target: Target): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 10_000).unref());
  return Promise.race([target.exited.then(() => false), late]);
}

/** Kills a gateway at a moment of its recovery, counted from now. */
async function killSoon(pid: number, delayMs: number): Promise<void> {
  const killer = startNode('killer.ts', [String(pid), String(delayMs)]);
  killer.child.send('go');
  await killer.ended;
}

function startNode(file: string, args: readonly string[]): { child: ChildProcess; ended: Promise<void> } {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(script, args, { env: cleanEnvironment({}) });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${file} ended with ${code ?? signal}`));
    });
  });
  return { child, ended };
}

/** The size that the directory comes down to while the gateway runs undisturbed; a fault when it stays above the bound. */
async function waitForCollection(folder: string, liveBytes: number, faults: string[]): Promise<number> {
  const bound = limits.directoryBytesFactor * liveBytes + limits.directoryBytesSlack;
  const deadline = performance.now() + limits.directoryWaitMs;
  for (;;) {
    const bytes = directoryBytes(folder);
    if (bytes <= bound) return bytes;
    if (performance.now() > deadline) {
      faults.push(`the data directory keeps ${bytes} bytes for ${liveBytes} live ones; ${bound} are allowed`);
      return bytes;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / 1048576);
}
