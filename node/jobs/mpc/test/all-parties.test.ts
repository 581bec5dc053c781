/** All parties of a computation as processes of one job: they end with it, however it ends. */
import { readdir, readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { AllPartiesJob, AllPartiesJobResult } from '../../../api/index.ts';
import { JobRunner } from '../../index.ts';
import { encodeCircuit } from '../circuit/encode.ts';
import { compile } from '../language/index.ts';

/** So long that it is at work when it is looked at. */
const source = `
import { type FixedArray, sha256, type u8 } from 'hypergate:mpc';
export default function main(alice: { x: FixedArray<u8, 640> }, bob: { y: u8 }) {
  return { all: { digest: sha256([...alice.x, bob.y]) } };
}
`;

/** Parties whose processes this one started. */
async function processes(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const isParty = async (pid: string): Promise<boolean> => {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = await readFile(`/proc/${pid}/cmdline`, 'latin1');
      return state !== 'Z' && parent === String(process.pid) && command.includes('jobs/party-process.ts');
    } catch {
      // It ended meanwhile.
      return false;
    }
  };
  return (await Promise.all(pids.map(isParty))).filter(Boolean).length;
}

function payloadOf(changes: Partial<AllPartiesJob> = {}): Buffer {
  const { circuit, interface: types } = compile(source);
  const job: AllPartiesJob = {
    ...{ level: 'malicious', keys: false, totalMs: 120_000, interface: { ...types } },
    inputs: { alice: { x: '00'.repeat(640) }, bob: { y: 1 } },
    ...changes,
  };
  const head = Buffer.from(JSON.stringify(job));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, encodeCircuit(circuit)]);
}

test('a runner that closes takes the processes with it', async () => {
  const runner = new JobRunner();
  onTestFinished(() => runner.close());
  const ended = runner
    .run({ kind: 'mpc.all-parties', payload: payloadOf() })
    .catch((error: unknown) => error);
  await expect.poll(processes).toBe(2);
  await runner.close();
  expect(await ended).toMatchObject({ code: 'closed' });
  await expect.poll(processes).toBe(0);
});

test('a computation whose time is over leaves none', async () => {
  const runner = new JobRunner();
  onTestFinished(() => runner.close());
  const answer = await runner.run({ kind: 'mpc.all-parties', payload: payloadOf({ totalMs: 100 }) });
  const result = JSON.parse(Buffer.from(answer).toString()) as AllPartiesJobResult;
  expect(result).toMatchObject({ reason: 'timeout' });
  await expect.poll(processes).toBe(0);
});
