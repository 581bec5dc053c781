/** The thread of verify-thread.ts. */
import { parentPort } from 'node:worker_threads';
import { isSignature, type SignatureClaim } from '../engine/crypto/verify-signature.ts';
import type { FromThread, ToThread } from './verify-thread.ts';

const port = parentPort;
if (port === null) throw new Error('this is the entry of a thread');
port.on('message', ({ id, publicKey, claim }: ToThread) => {
  port.postMessage(answerTo(id, publicKey, claim));
});

/** One claim that cannot be looked at does not end the thread: others wait for theirs. */
function answerTo(id: number, publicKey: Uint8Array, claim: SignatureClaim): FromThread {
  try {
    return { id, isRight: isSignature(publicKey, claim) };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}
