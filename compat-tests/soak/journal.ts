/**
 * What the load client knows, line by line in a file of its own: each effect is written down before it is asked for and
 * again once it is acknowledged. The gateway's death cannot touch it, so it is the truth that recovery is judged by.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What a key holds: the content of one write, or nothing. */
export type KeyState = { readonly seed: number; readonly size: number } | null;

export type WriteKind = 'put-small' | 'put-large' | 'complete' | 'copy' | 'delete';

export type JournalLine =
  /** A write is about to be sent. `upload` names the multipart upload that it completes. */
  | { e: 'begin'; n: number; kind: WriteKind; key: string; state: KeyState; upload?: string }
  | { e: 'ack'; n: number }
  | { e: 'upload'; id: string; key: string }
  | { e: 'part'; id: string; number: number; etag: string; size: number }
  /** An abort is about to be sent: from here on the upload may or may not be there. */
  | { e: 'abort'; id: string }
  | { e: 'aborted'; id: string }
  /** While nobody else wrote `key`, the gateway gave this proof of it; it had named `frame` when it acknowledged the write. */
  | { e: 'proven'; key: string; state: KeyState; frame: number; document: string }
  /** A conditional raise of a shared counter to `value`. */
  | { e: 'raise'; counter: string; value: number }
  | { e: 'raised'; counter: string; value: number }
  /** Verification found this: it settles what was in doubt. */
  | { e: 'seen'; key: string; state: KeyState }
  | { e: 'counted'; counter: string; value: number }
  /** The verifier ended this upload itself. */
  | { e: 'dropped'; id: string }
  | { e: 'fault'; text: string };

export class JournalWriter {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  /** Returns once the line is with the operating system: it outlives this process, not a power cut. */
  write(line: JournalLine): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

export interface UploadRecord {
  readonly key: string;
  readonly parts: Map<number, { readonly etag: string; readonly size: number }>;
  /** Sure: it must be there. Doubt: an abort or a completion was asked for and not answered. */
  standing: 'sure' | 'doubt' | 'gone';
  /** The state its completion would give its key, once asked for. */
  completing?: KeyState;
}

export interface CounterRecord {
  /** Values whose raise was acknowledged; every value at most once, or an update was lost. */
  readonly acknowledged: Set<number>;
  attemptedMax: number;
}

/** A proof that was given under load. */
export interface ProofRecord {
  readonly key: string;
  readonly state: KeyState;
  readonly frame: number;
  readonly document: string;
}

/** Everything that the journal allows the server to show now. */
export interface Expectation {
  /** Possible states per key, the last acknowledged first. More than one: a write was not answered. */
  readonly keys: Map<string, KeyState[]>;
  readonly uploads: Map<string, UploadRecord>;
  readonly counters: Map<string, CounterRecord>;
  readonly proofs: ProofRecord[];
  readonly faults: string[];
  readonly acknowledged: Record<WriteKind | 'raise', number>;
  writtenBytes: number;
}

export function readJournal(path: string): Expectation {
  const out: Expectation = {
    keys: new Map(),
    uploads: new Map(),
    counters: new Map(),
    proofs: [],
    faults: [],
    acknowledged: { 'put-small': 0, 'put-large': 0, complete: 0, copy: 0, delete: 0, raise: 0 },
    writtenBytes: 0,
  };
  const open = new Map<number, Extract<JournalLine, { e: 'begin' }>>();
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text !== '') fold(out, open, JSON.parse(text) as JournalLine);
  }
  return out;
}

function fold(
  out: Expectation,
  open: Map<number, Extract<JournalLine, { e: 'begin' }>>,
  line: JournalLine,
): void {
  switch (line.e) {
    case 'begin': {
      open.set(line.n, line);
      const states = out.keys.get(line.key) ?? [null];
      if (!states.some((state) => sameState(state, line.state))) states.push(line.state);
      out.keys.set(line.key, states);
      if (line.upload !== undefined) {
        const upload = mustHave(out.uploads, line.upload);
        upload.standing = 'doubt';
        upload.completing = line.state;
      }
      return;
    }
    case 'ack': {
      const begun = mustHave(open, line.n);
      open.delete(line.n);
      out.keys.set(begun.key, [begun.state]);
      out.acknowledged[begun.kind] += 1;
      out.writtenBytes += begun.kind === 'copy' ? 0 : (begun.state?.size ?? 0);
      if (begun.upload !== undefined) mustHave(out.uploads, begun.upload).standing = 'gone';
      return;
    }
    case 'upload':
      out.uploads.set(line.id, { key: line.key, parts: new Map(), standing: 'sure' });
      return;
    case 'part':
      mustHave(out.uploads, line.id).parts.set(line.number, { etag: line.etag, size: line.size });
      return;
    case 'abort':
      mustHave(out.uploads, line.id).standing = 'doubt';
      return;
    case 'aborted':
    case 'dropped':
      mustHave(out.uploads, line.id).standing = 'gone';
      return;
    case 'proven':
      out.proofs.push(line);
      return;
    case 'raise':
      counter(out, line.counter).attemptedMax = Math.max(counter(out, line.counter).attemptedMax, line.value);
      return;
    case 'raised':
      if (counter(out, line.counter).acknowledged.has(line.value)) {
        out.faults.push(`lost update: ${line.counter} was raised to ${line.value} twice`);
      }
      counter(out, line.counter).acknowledged.add(line.value);
      out.acknowledged.raise += 1;
      return;
    case 'seen':
      out.keys.set(line.key, [line.state]);
      return;
    case 'counted':
      // A raise that was not answered and did not happen may be asked for again.
      counter(out, line.counter).attemptedMax = line.value;
      return;
    case 'fault':
      out.faults.push(line.text);
  }
}

export function sameState(a: KeyState, b: KeyState): boolean {
  return a === null || b === null ? a === b : a.seed === b.seed && a.size === b.size;
}

function counter(out: Expectation, name: string): CounterRecord {
  let record = out.counters.get(name);
  if (record === undefined) {
    record = { acknowledged: new Set(), attemptedMax: 0 };
    out.counters.set(name, record);
  }
  return record;
}

function mustHave<K, V>(map: Map<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the journal speaks of ${String(key)} before naming it`);
  return value;
}
