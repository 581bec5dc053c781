/**
 * Custody of tests: one custodian that has whole keys. It believes no more than a real one: evidence is encoded, decoded and checked
 * against the node's key, and its own authority judges every task and takes in every control call.
 */
import {
  type AuditedCall,
  type Authority,
  type Bytes,
  type CallEvidence,
  CustodyError,
  type CustodyPort,
  type CustodyStatus,
  type KeyTask,
  type KeyTaskResult,
} from '@hypergate/node/api';
import {
  decodeCallEvidence,
  type EvidenceVerifier,
  encodeCallEvidence,
  ThresholdAbort,
} from '@hypergate/node/jobs/threshold/evidence';
import { type PlainKey, plainKey } from './plain-keys.ts';

export interface PlainCustodyModules {
  readonly verifier: EvidenceVerifier;
  readonly authority: Authority;
}

/** What stands between a call and its answer, for tests that break something there. */
export interface Faults {
  /** Before control calls are taken in. */
  inform?: (() => Promise<void>) | undefined;
  /** After they were. */
  informed?: (() => Promise<void>) | undefined;
  perform?: ((task: KeyTask) => Promise<void>) | undefined;
  erase?: (() => Promise<void>) | undefined;
  /** After a task was performed. */
  performed?: ((task: KeyTask) => Promise<void>) | undefined;
}

const text = (handle: Bytes): string => Buffer.from(handle).toString('hex');

export class PlainCustody implements CustodyPort {
  readonly keys = new Map<string, PlainKey>();
  readonly faults: Faults = {};
  readonly performed: KeyTask['kind'][] = [];
  readonly refusals: string[] = [];
  informs = 0;
  #modules: PlainCustodyModules;
  #status: CustodyStatus['custodians'][number]['state'] = 'ready';

  constructor(modules: PlainCustodyModules) {
    this.#modules = modules;
  }

  set state(state: CustodyStatus['custodians'][number]['state']) {
    this.#status = state;
  }

  async perform(
    task: KeyTask,
    evidence: CallEvidence,
    options?: { readonly material?: Bytes; readonly signal?: AbortSignal },
  ): Promise<KeyTaskResult> {
    const result = await this.#perform(task, evidence, options);
    await this.faults.performed?.(task);
    return result;
  }

  async #perform(
    task: KeyTask,
    evidence: CallEvidence,
    { material }: { readonly material?: Bytes; readonly signal?: AbortSignal } = {},
  ): Promise<KeyTaskResult> {
    await this.faults.perform?.(task);
    this.#requireReady();
    const audited = this.#audited(evidence);
    await this.#judged(() => this.#modules.authority.authorise(audited, task));
    this.performed.push(task.kind);
    const name = text(task.handle);
    if (task.kind === 'create' || task.kind === 'import') {
      if (task.kind === 'create' && this.keys.has(name))
        throw new CustodyError('refused', 'the handle has a key');
      const key = plainKey(task.scheme, task.kind === 'import' ? material : undefined);
      material?.fill(0);
      this.keys.set(name, key);
      return { output: key.publicKey };
    }
    if (task.kind === 'erase') {
      this.keys.delete(name);
      return { output: new Uint8Array(0) };
    }
    const key = this.keys.get(name);
    if (key === undefined) throw new CustodyError('unknown-key', 'no key has this handle');
    return { output: key.perform(task) };
  }

  async inform(evidence: CallEvidence): Promise<void> {
    await this.faults.inform?.();
    this.#requireReady();
    const audited = this.#audited(evidence);
    await this.#judged(() => this.#modules.authority.apply(audited));
    this.informs += 1;
    await this.faults.informed?.();
  }

  async status(): Promise<CustodyStatus> {
    const custodians = [1, 2, 3, 4].map((index) => ({ index, state: this.#status }));
    return { threshold: 1, epoch: 1, custodians };
  }

  async eraseDue(): Promise<void> {
    await this.faults.erase?.();
    this.#requireReady();
    const { authority } = this.#modules;
    const handles = await authority.dueForErasure();
    for (const handle of handles) this.keys.delete(text(handle));
    if (handles.length > 0) await authority.erased(handles);
  }

  #requireReady(): void {
    if (this.#status !== 'ready') throw new CustodyError('unavailable', 'too few custodians');
  }

  #audited(evidence: CallEvidence): AuditedCall {
    try {
      return this.#modules.verifier.verify(decodeCallEvidence(encodeCallEvidence(evidence)));
    } catch (error) {
      if (!(error instanceof ThresholdAbort)) throw error;
      this.refusals.push(error.message);
      throw new CustodyError('refused', error.message, { cause: error });
    }
  }

  async #judged(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof CustodyError && error.reason === 'refused') this.refusals.push(error.message);
      throw error;
    }
  }
}
