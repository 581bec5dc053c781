/** Between the runner and the thread of a job. */

export interface JobThreadData {
  /** URL of the job's module. */
  readonly module: string;
  readonly payload: Uint8Array;
  readonly seed: Uint8Array | undefined;
}

export type JobAnswer =
  | { readonly ok: true; readonly result: Uint8Array }
  /** `refused`: the payload is at fault, and the message is for who sent it. */
  | { readonly ok: false; readonly refused: boolean; readonly message: string };

/** The payload of a job is not what it should be. One sentence, for who sent it. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
}
