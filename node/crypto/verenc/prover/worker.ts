/** The thread of a prover: one job at a time, an answer to each. */
import { parentPort } from 'node:worker_threads';
import { runInBackground } from '../../../threads/index.ts';
import { proveEncryption } from '../prove.ts';
import type { ProofAnswer, ProofJob } from './job.ts';

if (parentPort === null) throw new Error('this file runs as a worker');
runInBackground();
const port = parentPort;

function answer({ secret, domain, epoch, readKey, random }: ProofJob): ProofAnswer {
  try {
    return { ok: true, proof: proveEncryption(secret, { domain, epoch, readKey }, random) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    secret.fill(0);
  }
}

port.on('message', (job: ProofJob) => port.postMessage(answer(job)));
