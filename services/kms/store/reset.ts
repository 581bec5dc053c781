/**
 * Developer mode: everything goes. Keys are deleted by control calls of the gateway's own, since custodians erase what they learn of in
 * no other way; they take such calls in developer mode alone. What stays are ids and handles, which never return, and the last number.
 */
import type { AnyTable, DomainWrite, IndexCursor } from '@hypergate/table';
import { applyDue } from '../engine/control/due.ts';
import { gatewayLimits } from '../limits.ts';
import { auditTable, importsTable, keysByAccount } from '../model/tables.ts';
import type { KmsContext } from './context.ts';
import { dueRow } from './due-work.ts';
import { outcomesTable } from './outcomes.ts';
import { sweepGrants } from './sweep-grants.ts';

/** @throws KmsError when custodians do not take it: then some keys are still there */
export async function emptyEverything(context: KmsContext, accounts: readonly string[]): Promise<void> {
  for (const account of accounts) await deleteKeys(context, account);
  await context.outcomes.flush();
  for (const table of [auditTable, outcomesTable, importsTable]) await emptyTable(context, table);
}

async function deleteKeys(context: KmsContext, account: string): Promise<void> {
  const { domain, view, line } = context;
  const operation = 'ResetKey';
  for (;;) {
    const entry = await firstOf(domain.cursorSecondary(keysByAccount, Buffer.from(account), { limit: 1 }));
    if (entry === undefined) return;
    const keyId = Buffer.from(entry.sort).toString();
    await line.take({
      call: new Uint8Array(0),
      choices: {},
      makes: false,
      outcome: (nowMs) => applyDue(view, { operation, keyId, choices: {}, nowMs }),
      row: (_keyIds, control) => dueRow(context, operation, keyId, control),
    });
    await sweepGrants(context, keyId);
  }
}

async function emptyTable({ domain, tables }: KmsContext, table: AnyTable): Promise<void> {
  const partition = Buffer.alloc(0);
  for (;;) {
    const entries = await domain.scan(table, partition, { limit: gatewayLimits.sweepRows });
    if (entries.length === 0) return;
    await tables.transact(
      entries.map(({ sort }): DomainWrite => ({ kind: 'remove', domain, table, key: { partition, sort } })),
    );
  }
}

const firstOf = async (cursor: IndexCursor) => await cursor.next();
