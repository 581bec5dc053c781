/** The start of a thread that commits to branches: an instance of its own of the shared module, with its own tables. */
import { parentPort, workerData } from 'node:worker_threads';
import type { G1, G2 } from '../../crypto/bls48581/index.ts';
import { curveFromModule } from '../../crypto/bls48581/wasm/index.ts';
import { kzgCommitter } from './kzg-committer.ts';
import { type PackedTask, packCommitments, runTask, unpackTask } from './kzg-tasks.ts';
import type { KzgThreadData, KzgThreadReply } from './kzg-thread.ts';

if (parentPort === null) throw new Error('this file is the start of a thread');
const port = parentPort;
const { module, srs } = workerData as KzgThreadData;
const committer = kzgCommitter(curveFromModule(module), () => ({
  lagrange: srs.lagrange as readonly G1[],
  tauG2: srs.tauG2 as G2,
}));

async function answer(packed: PackedTask): Promise<void> {
  const { rawBytes } = committer;
  const done = packCommitments(await runTask(committer, unpackTask(packed, rawBytes)), rawBytes);
  port.postMessage({ type: 'done', commitments: done } satisfies KzgThreadReply, [done.buffer]);
}

/** Answers go in the order of the tasks. */
let turn: Promise<void> = Promise.resolve();
port.on('message', (packed: PackedTask) => {
  turn = turn
    .then(() => answer(packed))
    .catch((error: unknown) => port.postMessage({ type: 'failed', error } satisfies KzgThreadReply));
});
