/**
 * The line of control calls: one after the other, each decided on what the one before left.
 *
 *   1. the reducer says what the call comes to, or refuses it;
 *   2. one transaction: audit record with number and choices, changed records, journal;
 *   3. custodians take it in, from the record;
 *   4. the gateway's memory follows, and the caller is answered.
 *
 * Custodians apply numbers without gaps, so while they lack one (a crash or too few of them after 2.) no other is given: it is
 * resubmitted first, with a new audit record of the same call and number. Its caller was answered with an error; it stands all the same.
 * What custodians refuse, they all refuse, since they decide as the gateway does, by the time when the gateway took the call. It happens
 * when they know another configuration than the gateway did (credentials that were changed between a crash and the next start), or by a
 * fault of one of the two. Then the call is taken back and its number is void: a record of its own says so, which custodians take in
 * instead, and the line goes on.
 *
 * Key material is made before the line is entered, under an audit record of its own with the same choices and no number: a prime takes
 * minutes. If it fails nothing has changed; if the call is then refused in the line, custodians hold a key that nothing names.
 */
import type { Bytes, CustodyPort } from '@hypergate/node/api';
import { CustodyError } from '@hypergate/node/api';
import type { DomainWrite } from '@hypergate/table';
import type {
  Change,
  ControlChoices,
  ControlOperation,
  ControlOutcome,
  NewMaterial,
} from '../engine/control/call.ts';
import type { DueOperation } from '../engine/control/due.ts';
import { type KmsErrorCode, kmsError } from '../engine/errors.ts';
import { gatewayLimits } from '../limits.ts';
import type { AuditControl, AuditRow } from '../model/audit.ts';
import { auditWrite, commitAudit, evidenceOf } from './audit.ts';
import type { KmsContext } from './context.ts';
import { inverse, inverseWrites, writesOf } from './control-writes.ts';
import {
  closeWrite,
  forgetWrite,
  type JournalEntry,
  openWrite,
  readJournal,
  sequenceOf,
  voidWrite,
} from './journal.ts';
import type { KmsMetrics } from './metrics.ts';
import { explained, perform } from './use-key.ts';
import type { GatewayView } from './view.ts';
import { within } from './within.ts';

/** What enters the line: a caller's call, or what is due. */
export interface Entry {
  readonly call: Bytes;
  readonly choices: ControlChoices;
  /** May have to make key material first. */
  readonly makes: boolean;
  /** With an import: the key in its scheme's encoding. */
  readonly material?: Bytes | undefined;
  /** @throws KmsError */
  outcome(nowMs: number): Promise<ControlOutcome>;
  /** A row of a name of its own each time. */
  row(keyIds: readonly string[], control: AuditControl): AuditRow;
}

export interface LineModules extends Pick<KmsContext, 'tables' | 'domain' | 'clock' | 'logger'> {
  readonly custody: CustodyPort;
  readonly view: GatewayView;
  readonly metrics: KmsMetrics;
  /** After every change of records. */
  onChanges(changes: readonly Change[]): void;
}

/** After these custodians have key material that is of no more use. */
const erasing: ReadonlySet<string> = new Set([
  'DeleteImportedKeyMaterial',
  'DeleteKey',
  'ExpireKeyMaterial',
  'ResetKey',
] satisfies readonly (ControlOperation | DueOperation)[]);

interface Open extends JournalEntry {
  resubmissions: number;
  /** Custodians refuse it, and it cannot be void: when that was, by a clock that only goes on. */
  blockedMs: number | undefined;
}

/** What its caller was told, or would have been. */
const refusedOutcome = 'KMSInternalException' satisfies KmsErrorCode;

export class ControlLine {
  readonly #modules: LineModules;
  /** Custodians may have what they should erase: so after a start, and when they could not be asked. */
  #erases = true;
  #sequence = 0;
  #nowMs = 0;
  #open: Open | undefined;
  /** Custodians have it, the journal does not know. */
  #settled: AuditRow | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #failed = false;
  #changes = 0;

  constructor(modules: LineModules) {
    this.#modules = modules;
  }

  get openCount(): number {
    return this.#open === undefined ? 0 : 1;
  }

  /** Counts control calls whose changes calls see. */
  get changes(): number {
    return this.#changes;
  }

  async start(): Promise<void> {
    await this.#inTurn(() => this.#read());
  }

  /** Custodians are there: hands over what they lack, and has them erase what they could not be asked to. */
  async catchUp(): Promise<void> {
    if (this.#open === undefined && !this.#erases) return;
    const blockedMs = this.#open?.blockedMs;
    if (blockedMs !== undefined && performance.now() - blockedMs < gatewayLimits.blockedRetryMs) return;
    await this.#inTurn(async () => {
      try {
        await this.#settleOpen();
      } catch (error) {
        this.#modules.logger.warn({ err: error }, 'a control call waits for custodians');
        return;
      }
      if (this.#erases) await this.#erase();
    });
  }

  /** @throws KmsError */
  async take(entry: Entry): Promise<ControlOutcome> {
    const made = entry.makes ? await this.#make(entry) : undefined;
    return this.#inTurn(() => this.#take(entry, made));
  }

  /** What the journal still has open and custodians have: a start then has nothing to hand over. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      const settled = this.#settled;
      if (settled === undefined) return;
      await this.#modules.tables.transact([closeWrite(this.#modules.domain, settled)]);
      this.#settled = undefined;
    });
  }

  /** Runs between control calls, for whoever changes tables beside them. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(work);
  }

  async #make(
    entry: Entry,
  ): Promise<{ readonly material: NewMaterial; readonly publicKey: Bytes } | undefined> {
    const nowMs = this.#modules.clock.now();
    const { material, keyId } = await entry.outcome(nowMs);
    if (material === undefined) return undefined;
    const row = entry.row([keyId], { sequence: 0, nowMs, choices: entry.choices });
    const { evidence } = await commitAudit(this.#modules, row, entry.call);
    const { kind, scheme } = material;
    const handle = new Uint8Array(Buffer.from(material.handle, 'hex'));
    const publicKey = await within(gatewayLimits.makeMs, undefined, (signal) =>
      perform(this.#modules, { kind, handle, scheme }, evidence, {
        reference: row.requestId,
        signal,
        ...(entry.material === undefined ? {} : { material: entry.material }),
      }),
    );
    return { material, publicKey };
  }

  async #take(
    entry: Entry,
    made: { readonly material: NewMaterial; readonly publicKey: Bytes } | undefined,
  ): Promise<ControlOutcome> {
    const { view, clock } = this.#modules;
    await this.#ready();
    const nowMs = Math.max(clock.now(), this.#nowMs);
    const outcome = await entry.outcome(nowMs);
    const { material } = outcome;
    // What stood there when the material was made is not what stands there now.
    if (material !== undefined && material.handle !== made?.material.handle)
      throw kmsError('KMSInternalException', 'The key changed meanwhile. The request can be retried.');
    // A call that changes nothing needs no number.
    if (outcome.changes.length === 0) return outcome;
    const changes = withPublicKey(outcome, made?.publicKey);
    const undo = await inverse(view, changes);
    const control = { sequence: this.#sequence + 1, nowMs, choices: entry.choices };
    const row = entry.row([outcome.keyId], control);
    await this.#commit({ row, call: entry.call, undo, resubmissions: 0, blockedMs: undefined }, changes);
    return outcome;
  }

  async #commit(open: Open, changes: readonly Change[]): Promise<void> {
    const { tables, domain, view, onChanges } = this.#modules;
    const { row, call } = open;
    const forgotten = this.#sequence > 0 ? [forgetWrite(domain, this.#sequence)] : [];
    const writes: DomainWrite[] = [
      auditWrite(domain, row),
      openWrite(domain, open),
      ...forgotten,
      ...writesOf(domain, changes),
    ];
    let evidence: ReturnType<typeof evidenceOf>;
    try {
      const applied = await tables.transact(writes, { evidence: 0 });
      evidence = evidenceOf(applied.evidence, call);
    } catch (error) {
      // Whether it was applied may not be known: what the tables say counts.
      this.#failed = true;
      throw error;
    }
    this.#sequence = sequenceOf(row);
    this.#nowMs = row.control?.nowMs ?? row.timeMs;
    this.#settled = undefined;
    this.#open = open;
    try {
      await this.#inform(open, evidence);
    } finally {
      // Unless it was taken back.
      if (this.#open === open || this.#settled === row) {
        view.write(changes);
        this.#changes += 1;
        onChanges(changes);
      }
    }
  }

  /** @throws KmsError; the call stays open, or is void when custodians refuse it */
  #inform(open: Open, evidence: ReturnType<typeof evidenceOf>): Promise<void> {
    return within(gatewayLimits.informMs, undefined, (signal) => this.#informWithin(signal, open, evidence));
  }

  async #informWithin(
    signal: AbortSignal,
    open: Open,
    evidence: ReturnType<typeof evidenceOf>,
  ): Promise<void> {
    const { custody, metrics, logger } = this.#modules;
    try {
      await custody.inform(evidence, signal);
    } catch (error) {
      const refused = error instanceof CustodyError && error.reason === 'refused';
      metrics.controlsTotal.inc({ outcome: refused ? 'refused' : 'unavailable' });
      const told = explained(
        error,
        { task: open.row.operation, reference: open.row.requestId, signal },
        logger,
      );
      if (refused) await this.#refused(open);
      throw told;
    }
    metrics.controlsTotal.inc({ outcome: 'ok' });
    this.#open = undefined;
    this.#settled = open.row;
    if (erasing.has(open.row.operation)) await this.#erase();
  }

  /** Never fails the call that it follows: that is done, and this is tried again. */
  async #erase(): Promise<void> {
    const { custody, logger } = this.#modules;
    this.#erases = true;
    try {
      await custody.eraseDue();
      this.#erases = false;
    } catch (error) {
      logger.warn({ err: error }, 'custodians could not be asked to erase what is due');
    }
  }

  /** Never fails: what could not be done is tried again. */
  async #refused(open: Open): Promise<void> {
    const { logger } = this.#modules;
    const { row, undo } = open;
    const facts = { operation: row.operation, sequence: sequenceOf(row), reference: row.requestId };
    if (undo === undefined) {
      open.blockedMs = performance.now();
      logger.error(facts, 'custodians refuse a control call that cannot be taken back: no other is served');
      return;
    }
    logger.error(facts, 'a control call that custodians refuse is taken back');
    try {
      await this.#void(open, undo);
    } catch (error) {
      logger.warn({ err: error, ...facts }, 'that a control call is void waits for custodians');
    }
  }

  async #void({ row, call }: Open, undo: NonNullable<Open['undo']>): Promise<void> {
    const { tables, domain, view, clock } = this.#modules;
    const voided: AuditRow = {
      ...row,
      timeMs: clock.now(),
      requestId: `${row.requestId}/void`,
      resubmission: true,
      outcome: refusedOutcome,
    };
    const open = { row: voided, call, undo: undefined, resubmissions: 0, blockedMs: undefined };
    // Whether it was applied may not be known: what the tables say counts.
    this.#failed = true;
    const writes = [auditWrite(domain, voided), voidWrite(domain, open), ...inverseWrites(domain, undo)];
    const applied = await tables.transact(writes, { evidence: 0 });
    this.#failed = false;
    this.#open = open;
    view.clear();
    this.#changes += 1;
    await this.#inform(open, evidenceOf(applied.evidence, call));
  }

  async #ready(): Promise<void> {
    if (this.#failed) await this.#read();
    await this.#settleOpen();
  }

  async #read(): Promise<void> {
    const { domain, view } = this.#modules;
    const { sequence, nowMs, open } = await readJournal(domain);
    view.clear();
    this.#sequence = sequence;
    this.#nowMs = nowMs;
    this.#settled = undefined;
    this.#open = open === undefined ? undefined : { ...open, resubmissions: 0, blockedMs: undefined };
    this.#failed = false;
  }

  /** @throws KmsError */
  async #settleOpen(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    const { clock } = this.#modules;
    open.resubmissions += 1;
    const timeMs = clock.now();
    const requestId = `${open.row.requestId}/again-${timeMs}-${open.resubmissions}`;
    const row: AuditRow = { ...open.row, timeMs, requestId, resubmission: true };
    const { evidence } = await commitAudit(this.#modules, row, open.call);
    try {
      await this.#inform(open, evidence);
    } catch (error) {
      // It is void, and custodians know: that was told to whoever called it.
      if (this.#open !== undefined) throw error;
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function withPublicKey({ keyId, changes }: ControlOutcome, publicKey: Bytes | undefined): readonly Change[] {
  if (publicKey === undefined || publicKey.length === 0) return changes;
  return changes.map((change) =>
    change.kind === 'key' && change.key.keyId === keyId
      ? { kind: 'key', key: { ...change.key, publicKey } }
      : change,
  );
}
