/**
 * Evidence, authority and handlers of a service that does next to nothing: calls are JSON, numbered control calls set values of subjects,
 * and a call allows the task that stands in it unless its key's subject says `disabled`.
 */
import { createHash } from 'node:crypto';
import {
  type AuditedCall,
  type Authority,
  type Bytes,
  type CallEvidence,
  type ControlHead,
  type ControlStore,
  CustodyError,
  type KeyTask,
} from '../../../../../api/index.ts';
import type { EvidenceModule } from '../../authorisation.ts';
import { encodeKeyTask } from '../../format/key-task.ts';

export type ToyCall =
  /** Allows a task. */
  | { readonly task: string }
  /** A control call. `due`: the subject names a handle that is to be erased. */
  | { readonly sequence: number; readonly subject: string; readonly value: string; readonly due?: boolean };

const hex = (bytes: Bytes) => Buffer.from(bytes).toString('hex');

export function toyEvidence(call: ToyCall): CallEvidence {
  return {
    record: undefined as unknown as CallEvidence['record'],
    call: Buffer.from(JSON.stringify(call), 'utf8'),
  };
}

export function allow(task: KeyTask): CallEvidence {
  return toyEvidence({ task: hex(encodeKeyTask(task)) });
}

export const encodeToyEvidence = ({ call }: CallEvidence): Bytes => call;

export const toyEvidenceModule: EvidenceModule = {
  decode: (bytes) => ({ record: undefined as unknown as CallEvidence['record'], call: bytes }),
  verify({ call }): AuditedCall {
    // Throws for what is no JSON: such evidence does not hold.
    JSON.parse(Buffer.from(call).toString('utf8'));
    const none = new Uint8Array(0);
    return { revision: 1, domain: none, slot: none, record: none, call };
  },
};

const parse = ({ call }: AuditedCall) => JSON.parse(Buffer.from(call).toString('utf8')) as ToyCall;
const zeros = new Uint8Array(32);

interface Known {
  readonly sequence: number;
  readonly value: string;
  readonly due: boolean;
}

/** @param store durable; all that it knows stands under `subject/` and `head` */
export function toyAuthority(store: ControlStore): Authority {
  const headOf = async (): Promise<ControlHead> => {
    const bytes = await store.get('head');
    if (bytes === undefined) return { sequence: 0, hash: zeros };
    const { sequence, hash } = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return { sequence, hash: Buffer.from(hash, 'hex') };
  };
  const headEntry = ({ sequence, hash }: ControlHead) =>
    ['head', Buffer.from(JSON.stringify({ sequence, hash: hex(hash) }))] as const;
  const known = async (subject: string): Promise<Known | undefined> => {
    const bytes = await store.get(`subject/${subject}`);
    return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8'));
  };
  const all = async () => {
    const entries = await store.list('subject/', 4096);
    return entries.map(([name, bytes]) => ({
      subject: name.slice('subject/'.length),
      ...(JSON.parse(Buffer.from(bytes).toString('utf8')) as Known),
    }));
  };
  return {
    async authorise(audited, task) {
      const call = parse(audited);
      if (!('task' in call) || call.task !== hex(encodeKeyTask(task)))
        throw new CustodyError('refused', 'the call asks for something else');
      if ((await known(hex(task.handle)))?.value === 'disabled')
        throw new CustodyError('refused', 'the key is disabled');
    },
    async apply(audited) {
      const call = parse(audited);
      if (!('sequence' in call)) throw new CustodyError('refused', 'it is no control call');
      const head = await headOf();
      if (call.sequence <= head.sequence) return head;
      if (call.sequence !== head.sequence + 1)
        throw new CustodyError('unavailable', 'calls before it are missing');
      const hash = createHash('sha256').update(head.hash).update(audited.call).digest();
      const next = { sequence: call.sequence, hash };
      const value: Known = { sequence: call.sequence, value: call.value, due: call.due === true };
      await store.put([[`subject/${call.subject}`, Buffer.from(JSON.stringify(value))], headEntry(next)]);
      return next;
    },
    head: headOf,
    async changedSince(sequence, max) {
      const changed = (await all()).filter((one) => one.sequence > sequence);
      return changed.sort((left, right) => left.sequence - right.sequence).slice(0, max);
    },
    snapshot: (subject) => store.get(`subject/${subject}`),
    async adopt(subjects, head) {
      await store.put([
        ...subjects.map(({ subject, snapshot }) => [`subject/${subject}`, snapshot] as const),
        ...(head === undefined ? [] : [headEntry(head)]),
      ]);
    },
    async dueForErasure() {
      // Which were erased is this custodian's own: snapshots do not say it.
      const erased = new Set(
        (await store.list('erased/', 4096)).map(([name]) => name.slice('erased/'.length)),
      );
      const due = (await all()).filter((one) => one.due && !erased.has(one.subject));
      return due.map(({ subject }) => Buffer.from(subject, 'hex'));
    },
    erased: (handles) => store.put(handles.map((handle) => [`erased/${hex(handle)}`, Buffer.of(1)] as const)),
  };
}
