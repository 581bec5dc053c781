/** What the prover's thread is started with. */
import { NodeError, type NodeErrorCode } from '../../api/index.ts';
import type { EngineOptions } from './open-engine.ts';

export interface ProverWorkerData {
  readonly options: EngineOptions;
  /** Data directory; the prover's folder is below it. */
  readonly dataDir: string;
  /** Secret; the thread overwrites it. */
  readonly frameMaterial: Uint8Array;
}

/** From the thread beside `FromProver`: lines for the log, and the end. */
export type FromProverThread =
  | { readonly type: 'warn'; readonly message: string }
  | {
      readonly type: 'failed';
      readonly error: unknown;
      /** Of a NodeError or a failed system call: an error loses it on its way between threads. */
      readonly code: string | undefined;
    };

/** Also of what caused it. */
export function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** As it was thrown in the thread, as far as its code says so. */
export function thrownThere(error: unknown, code: string | undefined): unknown {
  if (!(error instanceof Error) || code === undefined) return error;
  const known = nodeErrorCodes.find((one) => one === code);
  if (known !== undefined) return new NodeError(known, error.message, { cause: error });
  return Object.assign(error, { code });
}

const nodeErrorCodes: readonly NodeErrorCode[] = [
  'corrupt',
  'malformed',
  'not-supported',
  'storage-full',
  'closed',
];
