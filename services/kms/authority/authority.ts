/**
 * A custodian's own judgement of KMS calls. It believes the gateway nothing but the time and the choices that stand in the certified
 * audit record: who calls is known by the signature, what is allowed by state that the same reducer made from the same control calls.
 */
import type { AuditedCall, Authority, Bytes, ControlHead, ControlStore, KeyTask } from '@hypergate/node/api';
import { CustodyError } from '@hypergate/node/api';
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import { admit } from '../engine/admit.ts';
import type { Change } from '../engine/control/call.ts';
import { applyControl, applyDue, type ControlOutcome, isControlOperation } from '../engine/control/index.ts';
import { KmsError } from '../engine/errors.ts';
import { schemeOf } from '../engine/specs.ts';
import type { AuditControl, AuditRow } from '../model/audit.ts';
import { readVia } from '../model/via.ts';
import {
  type CheckedCall,
  checkCall,
  isDue,
  isVoid,
  nextHash,
  readAuditRow,
  refused,
} from './audit-evidence.ts';
import { authorityLimits } from './limits.ts';
import { type CallFacts, CallRefused, type ReadCall } from './read-call.ts';
import { ControlState, type Entry, erasureName } from './state.ts';
import { clockSubject, encodeClock } from './subjects.ts';
import { entriesOfChanges, entriesOfSnapshot, type TakenSubject } from './take-in.ts';
import { isMaterialOf, isTaskOf } from './tasks.ts';
import { checkViaCall } from './via-service.ts';

export interface AuthorityOptions {
  readonly store: ControlStore;
  readonly clock: { now(): number };
  readonly readCall: ReadCall;
  readonly region: string;
  /** Of buckets in host names, as the gateway has them: `s3.localhost`. */
  readonly s3Domains?: readonly string[];
  /** Developer mode: the gateway may delete all keys at once. */
  readonly allowsReset?: boolean;
}

export function createAuthority(options: AuthorityOptions): Authority {
  return new KmsAuthority(options);
}

class KmsAuthority implements Authority {
  readonly #state: ControlState;
  readonly #clock: { now(): number };
  readonly #readCall: ReadCall;
  readonly #region: string;
  readonly #s3Domains: readonly string[];
  readonly #allowsReset: boolean;
  /** Changes come one after the other: each is decided on what the one before left. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ store, clock, readCall, region, s3Domains = [], allowsReset = false }: AuthorityOptions) {
    this.#state = new ControlState(store);
    this.#clock = clock;
    this.#readCall = readCall;
    this.#region = region;
    this.#s3Domains = s3Domains;
    this.#allowsReset = allowsReset;
  }

  async authorise(audited: AuditedCall, task: KeyTask): Promise<void> {
    const row = readAuditRow(audited);
    if (task.kind === 'erase') return this.#authoriseErasure(task.handle);
    if (row.outcome !== undefined) throw refused('the record is of a call that has ended');
    if (row.control !== undefined) return this.#authoriseMaterial(audited, row, row.control, task);
    this.#checkTime(row.timeMs, 'the time of the record');
    const facts = await this.#facts(audited.call, this.#clock.now());
    const call = this.#checked(row, facts, row.timeMs);
    if (isControlOperation(call.operation)) throw refused('a control call without a number');
    await translated(async () => {
      const admission = await admit(this.#state, call);
      if (!isTaskOf(task, { ...call, admission, revision: audited.revision }))
        throw refused('the task is not what the call asks for');
    });
  }

  apply(audited: AuditedCall): Promise<ControlHead> {
    return this.#inTurn(async () => {
      const row = readAuditRow(audited);
      const { control } = row;
      if (control === undefined || control.sequence < 1) throw refused('no control call');
      const head = await this.#state.head();
      if (control.sequence <= head.sequence) {
        await this.#requireSame(head, row, control);
        return head;
      }
      if (control.sequence !== head.sequence + 1)
        throw new CustodyError('unavailable', `control calls are missing after ${head.sequence}`);
      const changes = await this.#changes(audited, row, control);
      const next = { sequence: control.sequence, hash: nextHash(head.hash, row) };
      const entries = await entriesOfChanges(this.#state, changes, next.sequence);
      const nowMs = Math.max(control.nowMs, await this.#state.clock());
      const clock = await this.#state.subjectEntries(clockSubject, next.sequence, encodeClock(nowMs));
      const heads = [this.#state.headEntry(next), this.#state.beforeEntry(next.sequence, head.hash)];
      await this.#state.put([...entries, ...clock, ...heads]);
      return next;
    });
  }

  /**
   * A void number changes nothing, and is not judged: whoever could void a call that would be taken in could as well keep it from here.
   * @throws CustodyError
   */
  async #changes(audited: AuditedCall, row: AuditRow, control: AuditControl): Promise<readonly Change[]> {
    if (isVoid(row)) return [];
    if (control.nowMs < (await this.#state.clock()))
      throw refused('the call is older than the one before it');
    return (await this.#outcome(audited, row, control)).changes;
  }

  /** A number that was given to another call, after most refused this one, would part custodians for good: it has to show. */
  async #requireSame(head: ControlHead, row: AuditRow, { sequence }: AuditControl): Promise<void> {
    const before = sequence === head.sequence ? await this.#state.hashBefore(sequence) : undefined;
    if (before !== undefined && !sameBytes(nextHash(before, row), head.hash))
      throw refused('another call has this number');
  }

  head(): Promise<ControlHead> {
    return this.#state.head();
  }

  changedSince(sequence: number, max: number) {
    return this.#state.changedSince(sequence, max);
  }

  async snapshot(subject: string): Promise<Bytes | undefined> {
    return (await this.#state.snapshot(subject))?.value;
  }

  adopt(subjects: readonly TakenSubject[], head: ControlHead | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const own = await this.#state.head();
      for (const subject of subjects) {
        if (subject.snapshot.length > authorityLimits.snapshotBytesMax)
          throw refused('the snapshot is too large');
        // One at a time: what was taken over is newer than what was there, also when the rest does not come.
        await this.#state.put(await this.#taken(subject));
      }
      if (head !== undefined && head.sequence > own.sequence)
        await this.#state.put([this.#state.headEntry(head)]);
    });
  }

  async dueForErasure(): Promise<readonly Bytes[]> {
    const handles = await this.#state.dueForErasure(authorityLimits.erasuresMax);
    return handles.map((handle) => new Uint8Array(Buffer.from(handle, 'hex')));
  }

  erased(handles: readonly Bytes[]): Promise<void> {
    return this.#inTurn(() =>
      this.#state.put(
        handles.map((handle): Entry => [erasureName(Buffer.from(handle).toString('hex')), undefined]),
      ),
    );
  }

  /** @throws CustodyError */
  async #outcome(audited: AuditedCall, row: AuditRow, control: AuditControl): Promise<ControlOutcome> {
    const { choices, nowMs } = control;
    const { operation } = row;
    if (isDue(operation)) {
      const [keyId, ...more] = row.keyIds;
      if (keyId === undefined || more.length > 0) throw refused('what is due is due for one key');
      if (nowMs > this.#clock.now() + authorityLimits.skewMs) throw refused('it is not due yet');
      if (operation === 'ResetKey' && !this.#allowsReset)
        throw refused('keys are reset in developer mode alone');
      return translated(() => applyDue(this.#state, { operation, keyId, choices, nowMs }));
    }
    const call = await this.#controlCall(audited, row, nowMs);
    const { input, caller, withheld } = call;
    if (!isControlOperation(operation)) throw refused(`${operation} is no control call`);
    return translated(() =>
      applyControl(this.#state, { operation, input, caller, choices, nowMs }, withheld),
    );
  }

  /**
   * The sequence keeps it from being repeated; it is judged by the time when the gateway took it, however much later it comes here.
   * @param nowMs of the first record of the call
   */
  async #controlCall({ call }: AuditedCall, row: AuditRow, nowMs: number): Promise<CheckedCall> {
    return this.#checked(row, await this.#factsOfTurn(call, nowMs), nowMs);
  }

  async #factsOfTurn(call: Bytes, nowMs: number): Promise<CallFacts> {
    try {
      return await this.#facts(call, nowMs);
    } catch (error) {
      if (!(error instanceof CustodyError) || error.reason !== 'refused') throw error;
      // A signature or a URL that held when the call came, and no more when it was its turn.
      return this.#facts(call, nowMs - authorityLimits.turnMs);
    }
  }

  /** A call of its caller's own, or of a service that acts for it. @throws CustodyError `refused` */
  #checked(row: AuditRow, facts: CallFacts, nowMs: number): CheckedCall {
    const via = readVia(row.parameters);
    if (via === undefined) return checkCall(row, facts, this.#region, nowMs);
    return checkViaCall(row, via, facts, { region: this.#region, s3Domains: this.#s3Domains, nowMs });
  }

  /** Before the call is taken in: what it would come to. Afterwards: what it came to. */
  async #authoriseMaterial(
    audited: AuditedCall,
    row: AuditRow,
    control: AuditControl,
    task: KeyTask,
  ): Promise<void> {
    const { sequence } = await this.#state.head();
    // Material is made before the call gets its number: no sequence keeps the call from being repeated, so its time has to.
    if (control.sequence === 0) this.#checkTime(control.nowMs, 'the time of the record');
    if (control.sequence === 0 || control.sequence > sequence) {
      const { material } = await this.#outcome(audited, row, control);
      if (!isMaterialOf(task, material)) throw refused('the task is not what the call asks for');
      // New shares under an old handle would go with the old ones.
      if (await this.#state.isDueForErasure(Buffer.from(task.handle).toString('hex')))
        throw new CustodyError('unavailable', 'what had this handle is still to be erased');
      return;
    }
    if (!isDue(row.operation)) await this.#controlCall(audited, row, control.nowMs);
    if (!(await this.#isTakenIn(control, task))) throw refused('the task is not what the call asked for');
  }

  /** The version that the call made is there, and still has use for key material. */
  async #isTakenIn({ choices }: AuditControl, task: KeyTask): Promise<boolean> {
    const handle = Buffer.from(task.handle).toString('hex');
    const keyId = await this.#state.handleOwner(handle);
    const key = keyId === undefined ? undefined : await this.#state.key(keyId);
    const version = key?.versions.find((one) => one.handle === handle);
    if (key === undefined || version === undefined || key.state === 'Deleted') return false;
    const imported = version.imported;
    const chosen =
      imported === undefined
        ? task.kind === 'create' && choices.handle === handle
        : task.kind === 'import' && imported.present && choices.materialId === version.materialId;
    return (
      chosen && isMaterialOf(task, { kind: task.kind as 'create' | 'import', handle, scheme: schemeOf(key) })
    );
  }

  async #authoriseErasure(handle: Bytes): Promise<void> {
    if (!(await this.#state.isDueForErasure(Buffer.from(handle).toString('hex'))))
      throw refused('the key is not to be erased');
  }

  async #facts(call: Bytes, nowMs: number): Promise<CallFacts> {
    try {
      return await this.#readCall(call, nowMs);
    } catch (error) {
      if (error instanceof CallRefused) throw refused(`the call: ${error.message}`, error);
      throw error;
    }
  }

  async #taken(subject: TakenSubject): Promise<readonly Entry[]> {
    try {
      return await entriesOfSnapshot(this.#state, subject);
    } catch (error) {
      if (error instanceof ProofRefused || error instanceof RangeError)
        throw refused(`a snapshot: ${error.message}`, error);
      throw error;
    }
  }

  #checkTime(timeMs: number, what: string): void {
    if (Math.abs(timeMs - this.#clock.now()) > authorityLimits.skewMs)
      throw refused(`${what} is not near this custodian's`);
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** What KMS would answer is a custodian's refusal. */
async function translated<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KmsError) throw refused(`${error.code}: ${error.message}`, error);
    throw error;
  }
}
