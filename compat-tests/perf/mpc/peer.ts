/** emp-wasm on circuits that our exporter wrote: what it costs for each AND gate, what beside them, and whether it computes the same. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type BenchCircuit, benchCase, type Cost } from '@hypergate/node/jobs/mpc/bench';
import { exportBristol } from '@hypergate/node/jobs/mpc/circuit/bristol';
import { cleanEnvironment } from '../../lib/target.ts';
import type { PeerAnswer, PeerTask } from './peer-child.ts';

/** A circuit of 22,000 AND gates takes it some ten seconds. */
const timeLimitMs = 120_000;

const parties = ['alice', 'bob'] as const;

export async function measurePeer(name: BenchCircuit): Promise<Cost> {
  const { circuit, inputs, expected } = benchCase(name, parties);
  const given = parties.map((party) =>
    Uint8Array.from(Buffer.concat(inputs.filter((_, index) => circuit.inputs[index]!.party === party))),
  ) as [Uint8Array, Uint8Array];
  const answer = await runChild({
    circuit: exportBristol(circuit, { format: 'old', parties }),
    inputs: given,
  });
  if ('error' in answer) throw new Error(`emp-wasm, ${name}: ${answer.error}`);
  if (Buffer.compare(answer.output, Buffer.concat(expected)) !== 0) {
    throw new Error(`emp-wasm, ${name}: another output than in the clear`);
  }
  return { wallMs: answer.wallMs, cpuMs: answer.cpuMs };
}

function runChild(task: PeerTask): Promise<PeerAnswer> {
  const entry = fileURLToPath(new URL('peer-child.ts', import.meta.url));
  const child = fork(entry, { serialization: 'advanced', env: cleanEnvironment({}), timeout: timeLimitMs });
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`emp-wasm ended with ${code ?? signal}`)));
    child.once('message', (answer: PeerAnswer) => resolve(answer));
    child.send(task);
  });
}
