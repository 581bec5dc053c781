/** What the prover's thread is started with. */
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
  | { readonly type: 'failed'; readonly error: unknown };
