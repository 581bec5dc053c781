/**
 * What time brings to keys: deletion, expiry of imported material, rotation; and the end of wrapping keys. Nobody calls for it, so the gateway records calls of its own;
 * custodians look at their own clocks before they take them in.
 */

import type { Change } from '../engine/control/call.ts';
import { applyDue, type DueOperation, dueOf, nextDueMs } from '../engine/control/due.ts';
import { gatewayLimits } from '../limits.ts';
import type { AuditControl, AuditRow } from '../model/audit.ts';
import { keysByDueTime } from '../model/tables.ts';
import type { KmsContext } from './context.ts';
import { newHandle } from './control-call.ts';
import { forgetExpiredImports } from './imports.ts';
import { sweepGrants } from './sweep-grants.ts';

export class DueWork {
  readonly #context: KmsContext;
  #timer: NodeJS.Timeout | undefined;
  #nextMs = Number.POSITIVE_INFINITY;
  #stopped = false;
  #last: Promise<void> = Promise.resolve();

  constructor(context: KmsContext) {
    this.#context = context;
  }

  start(): void {
    this.#set(this.#context.clock.now());
  }

  /** What is under way ends; nothing new begins. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#last;
  }

  /** Records changed: something may be due earlier than it was. */
  changed(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind !== 'key') continue;
      const due = nextDueMs(change.key);
      if (due !== undefined && due < this.#nextMs) this.#set(due);
    }
  }

  /** Does what is due now. Resolves when it is done, or put off because custodians do not take it. */
  run(): Promise<void> {
    this.#last = this.#last.then(() => this.#run());
    return this.#last;
  }

  async #run(): Promise<void> {
    if (this.#stopped) return;
    const { clock, logger } = this.#context;
    clearTimeout(this.#timer);
    this.#nextMs = Number.POSITIVE_INFINITY;
    try {
      await forgetExpiredImports(this.#context, clock.now());
      this.#set((await this.#settle()) ?? clock.now() + gatewayLimits.dueCheckMs);
    } catch (error) {
      logger.warn({ err: error }, 'what is due for keys waits');
      this.#set(clock.now() + gatewayLimits.dueRetryMs);
    }
  }

  /** @returns when the next thing is due */
  async #settle(): Promise<number | undefined> {
    const { domain, clock } = this.#context;
    const cursor = domain.cursorSecondary(keysByDueTime, Buffer.alloc(0), {});
    const keyIds: string[] = [];
    let nextMs: number | undefined;
    while (keyIds.length < gatewayLimits.duePerRun) {
      const entry = await cursor.next();
      if (entry === undefined) break;
      const sort = Buffer.from(entry.sort);
      nextMs = Number(sort.readBigUInt64BE());
      if (nextMs > clock.now()) break;
      keyIds.push(sort.toString('utf8', 8));
      nextMs = clock.now();
    }
    let failed = keyIds.length > 0;
    for (const keyId of keyIds) if (await this.#settleKey(keyId)) failed = false;
    // Nothing could be done: custodians are too few, or a key has all the versions it may have.
    return failed ? clock.now() + gatewayLimits.dueRetryMs : nextMs;
  }

  /** All that is due for one key. @returns whether something was done; one that fails holds up no other */
  async #settleKey(keyId: string): Promise<boolean> {
    const { view, clock, logger } = this.#context;
    let done = false;
    try {
      for (;;) {
        const key = await view.key(keyId);
        const operation = key === undefined ? undefined : dueOf(key, clock.now());
        if (operation === undefined || this.#stopped) return done;
        await this.#perform(operation, keyId);
        done = true;
      }
    } catch (error) {
      logger.warn({ err: error, keyId }, 'what is due for a key waits');
      return done;
    }
  }

  async #perform(operation: DueOperation, keyId: string): Promise<void> {
    const { line, view, logger } = this.#context;
    const choices = operation === 'RotateKeyAutomatically' ? { handle: newHandle(this.#context) } : {};
    await line.take({
      call: nothing,
      choices,
      makes: operation === 'RotateKeyAutomatically',
      outcome: (nowMs) => applyDue(view, { operation, keyId, choices, nowMs }),
      row: (_keyIds, numbered) => dueRow(this.#context, operation, keyId, numbered),
    });
    logger.info({ operation, keyId }, 'what was due for a key is done');
    if (operation === 'DeleteKey') await sweepGrants(this.#context, keyId);
  }

  /** The clock is asked again when the timer fires: it is not the one that timers go by. */
  #set(dueMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#nextMs = dueMs;
    const wait = Math.min(Math.max(dueMs - this.#context.clock.now(), 0), gatewayLimits.dueCheckMs);
    this.#timer = setTimeout(() => void this.run(), wait).unref();
  }
}

const nothing = new Uint8Array(0);

/** Nobody called: a custodian decides by its clock alone. */
export function dueRow(
  { region, random }: Pick<KmsContext, 'region' | 'random'>,
  operation: DueOperation,
  keyId: string,
  control: AuditControl,
): AuditRow {
  return {
    timeMs: control.nowMs,
    requestId: `due-${Buffer.from(random.bytes(16)).toString('hex')}`,
    operation,
    principalArn: '',
    account: '',
    accessKeyId: '',
    region,
    keyIds: [keyId],
    callHash: new Uint8Array(32),
    context: [],
    control,
    resubmission: false,
  };
}
