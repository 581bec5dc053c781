/**
 * The SIGKILL loop of S3: gateway, load client and killer each in a process of its own, over one data directory. Load from 32 callers, a kill,
 * sometimes a second one while the gateway recovers; then everything is compared with the load's journal, and proofs are checked.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { directoryBytes } from '../lib/admin.ts';
import { FrameLedger, quickFrames } from '../lib/proofs.ts';
import { SeededRandom } from '../lib/random.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import { cleanEnvironment, type Target } from '../lib/target.ts';
import { type Expectation, readJournal } from './journal.ts';
import type { Killed, KillLoop, Round } from './kill-loop.ts';
import * as limits from './limits.ts';
import type { LoadOrder } from './load.ts';
import { verify } from './verify.ts';
import { ProofChecks } from './verify-proofs.ts';

export function s3KillLoop(seed: string): KillLoop<Target> {
  let written: Pick<Expectation, 'acknowledged' | 'writtenBytes'> | undefined;
  const sums = { kills: 0, killsInRecovery: 0, unansweredApplied: 0, unansweredAbsent: 0 };
  const verified = { objectsVerified: 0, bytesVerified: 0, openUploadsVerified: 0 };
  const directory = { directoryBytesMax: 0, directoryBytesLast: 0, liveBytesLast: 0 };
  const proofs = new ProofChecks(new FrameLedger(), new SeededRandom(`proofs ${seed}`));

  async function loadAndKill(round: Round): Promise<Killed> {
    const { killAfterMs, random } = round;
    const inRecovery = random.next() < limits.killInRecoveryShare;
    await loadUntilKilled(round);
    sums.kills += 1;
    if (inRecovery) await killRecovery(round);
    sums.killsInRecovery += inRecovery ? 1 : 0;
    return { what: `killed after ${killAfterMs} ms${inRecovery ? ' and in recovery' : ''}` };
  }

  return {
    name: 's3',
    gateway: { env: { ...quickFrames, HYPERGATE_FRAME_INTERVAL: limits.frameInterval } },
    killAfterMsMin: limits.killAfterMsMin,
    async prepare(target) {
      appendFileSync(journalOf(target), '');
      const caller = new S3Caller(target);
      await caller.ok({ method: 'PUT', path: `/${limits.bucket}` });
      caller.close();
    },
    loadAndKill,
    ready: async (target) => target,
    async verify(target, _target, fault) {
      const journal = journalOf(target);
      const expected = readJournal(journal);
      const verdict = await verify(target, expected, journal);
      verdict.faults.forEach(fault);
      if (isHypergate(target)) (await proofs.check(target, expected)).forEach(fault);
      sums.unansweredApplied += verdict.doubtApplied;
      sums.unansweredAbsent += verdict.doubtAbsent;
      verified.objectsVerified += verdict.objects;
      verified.bytesVerified += verdict.bytes;
      verified.openUploadsVerified += verdict.openUploads;
      directory.liveBytesLast = verdict.bytes;
      const bytes = directoryBytes(target.dataDir);
      directory.directoryBytesMax = Math.max(directory.directoryBytesMax, bytes);
      return (
        `${verdict.objects} objects of ${mib(verdict.bytes)} MiB, directory ${mib(bytes)} MiB, ` +
        `${proofs.verified} proofs, ${proofs.frames} frames`
      );
    },
    async finish(target, fault) {
      directory.directoryBytesLast = await waitForCollection(target.dataDir, directory.liveBytesLast, fault);
      const { faults, acknowledged, writtenBytes } = readJournal(journalOf(target));
      faults.forEach(fault);
      written = { acknowledged, writtenBytes };
    },
    end: (target) => target.kill(),
    numbers(faults) {
      const torn = faults.filter((text) => /\btorn\b/.test(text)).length;
      const lost = faults.filter((text) => /\blost\b/.test(text)).length;
      const numbers = { ...sums, writesInFlight: limits.workers, ...written, ...verified };
      const seen = { proofsVerified: proofs.verified, framesSeen: proofs.frames };
      return { ...numbers, ...seen, ...directory, lost, torn, otherFaults: faults.length - lost - torn };
    },
  };
}

const isHypergate = ({ name }: Target): boolean => name === 'hypergate';

/** What the load knows stands beside the gateway's data. */
function journalOf({ dataDir }: Target): string {
  return join(dirname(dataDir), 'journal.jsonl');
}

/** Starts load and killer; resolves when gateway and load client are both gone. */
async function loadUntilKilled({ seed, number, killAfterMs, target }: Round): Promise<void> {
  const order: LoadOrder = {
    port: target.port,
    identity: target.identity,
    journal: journalOf(target),
    seed,
    lifeMs: killAfterMs + 60_000,
    first: number * 10_000_000,
    dataDir: target.dataDir,
    conditional: isHypergate(target),
    proofs: isHypergate(target),
  };
  const killer = startNode('killer.ts', [String(target.pid), String(killAfterMs)]);
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

/** Kills the gateway at a moment of its recovery. Killed before it is ready its start fails, and that is what is wanted. */
async function killRecovery({ random, start }: Round): Promise<void> {
  const early = random.logBetween(5, 600);
  let killed: Promise<void> | undefined;
  const starting = start((pid) => {
    const killer = startNode('killer.ts', [String(pid), String(early)]);
    killer.child.send('go');
    killed = killer.ended;
  });
  await starting.then(
    ({ exited }) => exited,
    () => undefined,
  );
  await killed;
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
async function waitForCollection(
  folder: string,
  liveBytes: number,
  fault: (text: string) => void,
): Promise<number> {
  const bound = limits.directoryBytesFactor * liveBytes + limits.directoryBytesSlack;
  const deadline = performance.now() + limits.directoryWaitMs;
  for (;;) {
    const bytes = directoryBytes(folder);
    if (bytes <= bound) return bytes;
    if (performance.now() > deadline) {
      fault(`the data directory keeps ${bytes} bytes for ${liveBytes} live ones; ${bound} are allowed`);
      return bytes;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / 1048576);
}
