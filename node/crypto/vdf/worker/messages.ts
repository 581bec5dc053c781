/** What the worker and its client say to each other, and the memory they share. */

/** Places in the shared array of 32-bit integers. */
export const shared = {
  /** Jobs up to this number are to stop. */
  cancelled: 0,
  /** Squarings done in the running job, as an unsigned number. */
  done: 1,
  length: 2,
} as const;

export interface WorkerData {
  readonly memory: SharedArrayBuffer;
}

export type Request =
  | {
      readonly kind: 'solve';
      readonly job: number;
      readonly challenge: Uint8Array;
      readonly iterations: number;
      readonly bits: number;
    }
  | { readonly kind: 'calibrate'; readonly job: number; readonly bits: number; readonly forMs: number };

export interface Times {
  readonly discriminantSeconds: number;
  readonly evaluationSeconds: number;
  readonly proofSeconds: number;
}

export type Reply =
  | {
      readonly kind: 'solved';
      readonly job: number;
      readonly output: Uint8Array;
      readonly hint: number;
      readonly times: Times;
    }
  | { readonly kind: 'calibrated'; readonly job: number; readonly squaringsPerSecond: number }
  | { readonly kind: 'cancelled'; readonly job: number }
  /** `unsupported`: the request is outside the limits. Otherwise a fault of this code. */
  | {
      readonly kind: 'failed';
      readonly job: number;
      readonly unsupported: boolean;
      readonly message: string;
    };
