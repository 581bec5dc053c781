/** What callers did to the keys of a bucket and what they were told, as a history that can be checked and kept. */
import type { Timed } from './linearizability.ts';

/** Of a write: what must stand under the key; etags are hex without quotes. Of a read: what it asked for. */
export type Condition = { readonly ifMatch: string } | { readonly ifNoneMatch: string };

/** PutObject, CompleteMultipartUpload and CopyObject onto the key; `etag` is what it stores. */
export interface Write {
  readonly kind: 'put' | 'complete' | 'copy';
  readonly etag: string;
}

export interface Removal {
  readonly kind: 'delete';
}

/** GetObject, a copy that reads the key under `x-amz-copy-source-if-match`, and what a listing shows of it. */
export interface Read {
  readonly kind: 'get' | 'copy-source' | 'list';
}

export type Action = (Write | Removal | Read) & { readonly condition?: Condition };

export type Outcome =
  /** Of a write or removal. */
  | { readonly is: 'done' }
  /** Of a read: the object's etag. */
  | { readonly is: 'seen'; readonly etag: string }
  /** No such key: of a read, of a write under If-Match, or missing in a listing. */
  | { readonly is: 'absent' }
  /** 412, or 304 of a read. */
  | { readonly is: 'refused' }
  /** 409: the write met another one and did nothing. */
  | { readonly is: 'conflict' }
  /** No answer, or one that says nothing about what happened: may have happened until `answered`. */
  | { readonly is: 'unknown' };

export interface ObjectCall extends Timed {
  readonly caller: number;
  readonly key: string;
  readonly action: Action;
  readonly outcome: Outcome;
}

export function isWrite(action: Action): action is Action & Write {
  return action.kind === 'put' || action.kind === 'complete' || action.kind === 'copy';
}

export function byKey(history: readonly ObjectCall[]): ReadonlyMap<string, readonly ObjectCall[]> {
  return Map.groupBy(history, (call) => call.key);
}

/** One line for a report: who, when (ms), what, and what came of it. */
export function describe({ caller, key, action, outcome, invoked, answered }: ObjectCall): string {
  const { kind, condition } = action;
  const stored = isWrite(action) ? ` ${action.etag}` : '';
  const asked = condition === undefined ? '' : ` ${JSON.stringify(condition)}`;
  const came = outcome.is === 'seen' ? `seen ${outcome.etag}` : outcome.is;
  return `caller ${caller}, ${invoked.toFixed(2)} to ${answered.toFixed(2)}: ${kind}${stored} ${key}${asked}: ${came}`;
}
