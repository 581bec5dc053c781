/**
 * One session with one run at a real level, all parties in this process, on a clock that stands unless nothing happens any more: played
 * to its end for every party, whatever is done to it. Base transfers are dealt; all else is what a program runs.
 */
import { duplexPair } from 'node:stream';
import { circuitCommitment } from '../../circuit/encode.ts';
import { MpcAbort } from '../../errors.ts';
import { maliciousProtocol } from '../../levels/malicious/session.ts';
import { open as openSemiHonest } from '../../levels/semi-honest/semi-honest.ts';
import { threeParty } from '../../levels/three-party/index.ts';
import type { SecurityLevel } from '../../protocol.ts';
import type { Connector } from '../../session/connect.ts';
import type { SessionDescription } from '../../session/description.ts';
import type { Identity } from '../../session/identity.ts';
import type { Levels } from '../../session/levels.ts';
import { sessionLimits } from '../../session/limits.ts';
import { openSession, type RunResult } from '../../session/session.ts';
import { dealtCotReceiver, dealtCotSender } from './dealt-transfers.ts';
import { expectedOutputs } from './malicious.ts';
import { type RandomCase, randomCase } from './random-circuit.ts';
import { seededRandom } from './seeded-random.ts';
import { connectAll, identityOf, names } from './session-parties.ts';
import { TestClock, turns } from './test-clock.ts';

const transfers = { setupCotSender: dealtCotSender, setupCotReceiver: dealtCotReceiver };

export const dealtLevels: Levels = new Map([
  ['semi-honest', { protocol: (setup) => openSemiHonest(setup, transfers), partiesMin: 2, partiesMax: 2 }],
  ['malicious', { protocol: maliciousProtocol(transfers), partiesMin: 2, partiesMax: 2 }],
  ['three-party', { protocol: threeParty, partiesMin: 3, partiesMax: 3 }],
]);

export interface Scene {
  readonly level: SecurityLevel;
  readonly parties: readonly string[];
  readonly run: RandomCase;
  readonly description: SessionDescription;
}

/** A small circuit with inputs and outputs of all. */
export function sceneOf(level: SecurityLevel): Scene {
  const parties = names.slice(0, level === 'three-party' ? 3 : 2);
  const run = randomCase({ seed: `scene ${level}`, parties, inputBits: 5, ands: 12, depth: 3 });
  const description: SessionDescription = {
    name: 'a-scene',
    level,
    demand: { level, keys: false },
    parties: parties.map((name) => ({ name, key: identityOf(name).publicKey })),
    runs: [{ circuit: circuitCommitment(run.circuit), times: 1 }],
  };
  return { level, parties, run, description };
}

export interface Changes {
  readonly between?: Parameters<typeof connectAll>[1];
  /** What a party uses in the place of its own. */
  readonly connector?: (me: string, peer: string, own: Connector) => Connector;
  readonly levels?: (me: string) => Levels;
  readonly identity?: (me: string) => Identity;
  /** Does not leave before the others have ended, nor of itself. */
  readonly stays?: string;
}

export type Ending = RunResult | MpcAbort;

/** By party. @throws when one hangs, takes a wrong output, ends in anything but an abort, or leaves something behind */
export async function playSession(scene: Scene, changes: Changes = {}): Promise<ReadonlyMap<string, Ending>> {
  const clock = new TestClock();
  let chunks = 0;
  const between = (a: string, b: string) => {
    const ends = (changes.between ?? (() => duplexPair()))(a, b);
    for (const end of ends) end.on('data', () => chunks++).pause();
    return ends;
  };
  const { connections, streams } = connectAll(scene.parties, between);
  let isOver = false;
  const othersEnded = Promise.withResolvers<void>();
  const play = async (me: string): Promise<readonly [string, Ending]> => {
    const isLast = me === changes.stays;
    return [
      me,
      await playParty(
        scene,
        me,
        connections.get(me)!,
        clock,
        changes,
        isLast ? othersEnded.promise : undefined,
      ),
    ];
  };
  const others = Promise.all(scene.parties.filter((me) => me !== changes.stays).map(play));
  const last = scene.parties.filter((me) => me === changes.stays).map(play);
  const ending = others
    .then(async (ends) => {
      othersEnded.resolve();
      return [...ends, ...(await Promise.all(last))];
    })
    .finally(() => {
      isOver = true;
    });
  for (let step = 0; !isOver; ) {
    const before = chunks;
    await turns(quietTurns);
    if (isOver || chunks !== before) continue;
    if (step++ === stepsMax) throw new Error('a session that does not end');
    await clock.advance(sessionLimits.idleMs / 8);
  }
  const endings = await ending;
  for (const [me, end] of endings) checkOutputs(scene, me, end);
  if (clock.pending > 0) throw new Error(`${clock.pending} timers were left behind`);
  if (!streams.every(({ destroyed }) => destroyed)) throw new Error('a stream was left open');
  return new Map(endings);
}

/** Turns of the event loop without a chunk after which nothing happens by itself. */
const quietTurns = 30;
const totalMs = 2 * sessionLimits.idleMs;
/** Eighths of `idleMs`: well past the limit of the job. */
const stepsMax = 40;

async function playParty(
  { description, run: { circuit, inputs } }: Scene,
  me: string,
  own: ReadonlyMap<string, Connector>,
  clock: TestClock,
  changes: Changes,
  until: Promise<void> | undefined,
): Promise<Ending> {
  const connections = new Map(
    [...own].map(([peer, connector]) => [peer, changes.connector?.(me, peer, connector) ?? connector]),
  );
  try {
    const session = await openSession({
      identity: changes.identity?.(me) ?? identityOf(me),
      me,
      description,
      connections,
      levels: changes.levels?.(me) ?? dealtLevels,
      commit: circuitCommitment,
      random: seededRandom(me),
      clock,
      totalMs: until === undefined ? totalMs : 2 * totalMs,
    });
    try {
      return await session.run(
        circuit,
        circuit.inputs.map(({ party }, at) => (party === me ? inputs[at] : undefined)),
      );
    } finally {
      await until;
      await session.close();
    }
  } catch (error) {
    if (error instanceof MpcAbort) return error;
    throw error;
  }
}

function checkOutputs({ run }: Scene, me: string, end: Ending): void {
  if (end instanceof MpcAbort) return;
  const expected = expectedOutputs(run, me);
  const isRight =
    end.outputs.length === expected.length &&
    end.outputs.every((bits, at) => bits?.join('') === expected[at]?.join(''));
  if (!isRight) throw new Error(`${me} took a wrong output`);
}

/** In a few words. */
export function wordOf(end: Ending): string {
  return end instanceof MpcAbort ? `${end.reason} ${end.party}` : 'outputs';
}
