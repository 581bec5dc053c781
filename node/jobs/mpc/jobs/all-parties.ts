/**
 * `mpc.all-parties`: every party of one computation is played here, as a demonstration and for tests. Each is a process of its own that
 * is given its own inputs and a new key; what they say to each other passes through this thread encrypted. They end with this thread.
 */
import { randomBytes } from 'node:crypto';
import type { AllPartiesJob, AllPartiesJobResult } from '../../../api/index.ts';
import { computationJson } from '../../../verifier/computation-file.ts';
import { circuitCommitment } from '../circuit/encode.ts';
import { everybodyOf } from '../circuit/holders.ts';
import { MpcAbort } from '../errors.ts';
import { decodeParty, encodeParty } from '../language/index.ts';
import { levels } from '../levels/index.ts';
import {
  newIdentity,
  type ProcessParty,
  type RunResult,
  relay,
  type SessionDescription,
  sessionLimits,
  startProcessParty,
} from '../session/index.ts';
import { endOf, type ReadTask, readTask, timeOf } from './task.ts';

const entry = new URL('./party-process.ts', import.meta.url);

export async function run(payload: Uint8Array): Promise<Uint8Array> {
  return Buffer.from(JSON.stringify(await resultOf(payload)));
}

async function resultOf(payload: Uint8Array): Promise<AllPartiesJobResult> {
  try {
    return await playAll(readTask<AllPartiesJob>(payload));
  } catch (error) {
    return endOf(error);
  }
}

async function playAll({ head, circuit, schema }: ReadTask<AllPartiesJob>): Promise<AllPartiesJobResult> {
  const totalMs = timeOf(head.totalMs);
  const names = everybodyOf(circuit);
  const stranger = Object.keys(head.inputs).find((name) => !names.includes(name));
  if (stranger !== undefined) throw new RangeError(`${stranger} is no party of the program`);
  const bits = names.map((name) => encodeParty(schema, name, head.inputs[name] ?? {}));
  const identities = names.map(() => newIdentity(randomBytes));
  const level = [...levels.keys()].find((each) => each === head.level);
  if (level === undefined) throw new RangeError(`level: one of ${[...levels.keys()].join(', ')}`);
  const description: SessionDescription = {
    name: `all-${randomBytes(16).toString('hex')}`,
    level,
    demand: { level, keys: head.keys },
    parties: names.map((name, at) => ({ name, key: identities[at]!.identity.publicKey })),
    runs: [{ circuit: circuitCommitment(circuit), times: 1 }],
  };
  const meetMs = Math.min(totalMs, sessionLimits.meetMs);
  const parties: ProcessParty[] = [];
  try {
    for (const [at, me] of names.entries()) {
      const ways = Object.fromEntries(
        names.filter((name) => name !== me).map((name) => [name, { kind: 'socket' } as const]),
      );
      const { seed } = identities[at]!;
      parties.push(startProcessParty(entry, { description, me, seed, ways, meetMs, totalMs }));
    }
    connect(names, parties);
    const results = resultsOf(
      await Promise.allSettled(parties.map(({ handle }, at) => handle.run(circuit, bits[at]!))),
    );
    const outputs = names.map((name, at) => [
      name,
      decodeParty(schema, name, results[at]!.outputs, { bytes: 'hex' }),
    ]);
    return { outputs: Object.fromEntries(outputs), computation: computationJson(results[0]!.receipt) };
  } finally {
    // They have said all that they had to.
    await Promise.all(parties.map(({ handle }) => handle.kill()));
  }
}

function connect(names: readonly string[], parties: readonly ProcessParty[]): void {
  for (const [at, name] of names.entries())
    for (const [before, peer] of names.slice(0, at).entries())
      relay(parties[before]!.streams.get(name)!, parties[at]!.streams.get(peer)!);
}

/** @throws what ended it for whom it ended first, as far as that can be told: the others say that somebody left */
function resultsOf(settled: readonly PromiseSettledResult<RunResult>[]): readonly RunResult[] {
  const failures = settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  const isEcho = (error: unknown): boolean =>
    error instanceof MpcAbort && ['peer-aborted', 'disconnected'].includes(error.reason);
  const first = failures.find((error) => !isEcho(error)) ?? failures[0];
  if (first !== undefined) throw first;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
