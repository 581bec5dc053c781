/** What a thread is asked and what it answers. Zip files are in shared memory: handing them over copies nothing. */
import type { Examined } from './unpack.ts';
import type { ZipFault } from './zip-refused.ts';

export type UnpackTask =
  | { readonly kind: 'examine'; readonly zip: SharedArrayBuffer; readonly unpackedMax: number }
  | {
      readonly kind: 'unpack';
      readonly zip: SharedArrayBuffer;
      readonly sha256: string;
      readonly folder: string;
    }
  | { readonly kind: 'merge'; readonly layers: readonly string[]; readonly folder: string };

export type UnpackResult =
  | { readonly kind: 'examined'; readonly examined: Examined }
  /** Unpacked or merged. */
  | { readonly kind: 'written'; readonly diskBytes: number }
  | { readonly kind: 'refused'; readonly fault: ZipFault; readonly message: string };
