/**
 * Verification that takes longer than the event loop should wait. Messages are verified by OpenSSL, in a millisecond; of digests of
 * ECDSA and Ed25519ph node:crypto has no verification, and arithmetic in JavaScript takes 3 to 30 ms. That runs in a thread,
 * which is started with the first of them.
 */
import { Worker } from 'node:worker_threads';
import { isSignature, type SignatureClaim } from '../engine/crypto/verify-signature.ts';

export interface ToThread {
  readonly id: number;
  readonly publicKey: Uint8Array;
  readonly claim: SignatureClaim;
}

export type FromThread =
  | { readonly id: number; readonly isRight: boolean }
  | { readonly id: number; readonly failure: string };

const heapMegabytesMax = 128;

export class VerifyThread {
  readonly #waiting = new Map<number, PromiseWithResolvers<boolean>>();
  #thread: Worker | undefined;
  #lastId = 0;

  /** @param publicKey SubjectPublicKeyInfo. @throws Error when it cannot be told, or the thread ends; the next call starts another */
  verify(publicKey: Uint8Array, claim: SignatureClaim): Promise<boolean> {
    this.#thread ??= this.#start();
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = Promise.withResolvers<boolean>();
    this.#waiting.set(id, answer);
    const request: ToThread = { id, publicKey, claim };
    this.#thread.postMessage(request);
    return answer.promise;
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Worker {
    const thread = new Worker(new URL('./verify-worker.ts', import.meta.url), {
      name: 'kms-verify',
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
    });
    // Calls that wait keep the process alive by their sockets.
    thread.unref();
    thread.on('message', (answer: FromThread) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('failure' in answer) waiting?.reject(new Error(answer.failure));
      else waiting?.resolve(answer.isRight);
    });
    let failure: unknown;
    thread.on('error', (error) => {
      failure = error;
    });
    thread.on('exit', (code) => {
      this.#thread = undefined;
      const error = failure ?? new Error(`the thread that verifies ended with code ${code}`);
      for (const answer of this.#waiting.values()) answer.reject(error);
      this.#waiting.clear();
    });
    return thread;
  }
}

const shared = new VerifyThread();

/** @param publicKey SubjectPublicKeyInfo */
export async function verifySignature(publicKey: Uint8Array, claim: SignatureClaim): Promise<boolean> {
  return isSlow(claim) ? shared.verify(publicKey, claim) : isSignature(publicKey, claim);
}

const isSlow = ({ spec, type }: SignatureClaim): boolean => spec.startsWith('ECC_') && type === 'DIGEST';
