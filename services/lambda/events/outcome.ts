/** What came of one attempt of an event, and what has to be written for it. */
import type { DomainWrite, StoredRecord } from '@hypergate/table';
import type { InvocationRow } from '../invoke/record-table.ts';
import { invocationWrite } from '../invoke/recorder.ts';
import type { LambdaBase } from '../store/context.ts';
import { type EventName, type EventRow, eventKey, eventsTable, putEvent } from './event-table.ts';
import type { FollowUp } from './follow-up.ts';

export type Outcome =
  /** Nothing of it is there any more. */
  | { readonly kind: 'absent' }
  /** The lane waits; the event was not run. @param latestMs when it has to be looked at in any case */
  | { readonly kind: 'throttled'; readonly latestMs: number }
  /** Not due yet, whatever the index said. */
  | { readonly kind: 'early'; readonly dueMs: number }
  | {
      readonly kind: 'again';
      readonly stored: StoredRecord<EventRow>;
      readonly next: EventRow;
      readonly record?: InvocationRow;
    }
  | {
      readonly kind: 'over';
      readonly stored: StoredRecord<EventRow>;
      readonly followUps: readonly FollowUp[];
      readonly record?: InvocationRow;
    };

export type WrittenOutcome = Extract<Outcome, { readonly kind: 'again' | 'over' }>;

/** One transaction: the event leaves, or is due later, with the record of its invocation and all that follows from it. */
export function writesOf(
  base: Pick<LambdaBase, 'domain'>,
  name: EventName,
  outcome: WrittenOutcome,
): readonly DomainWrite[] {
  const { domain } = base;
  const condition = { revision: outcome.stored.revision };
  const record = outcome.record === undefined ? [] : [invocationWrite(domain, outcome.record)];
  if (outcome.kind === 'again') return [putEvent(base, name.id, outcome.next, condition), ...record];
  return [
    { kind: 'remove', domain, table: eventsTable, key: eventKey(name), condition },
    ...record,
    ...outcome.followUps.map(({ id, row }) => putEvent(base, id, row, 'absent')),
  ];
}

/** What was staged for it, for whoever does not write it after all. */
export const payloadsOf = (outcome: WrittenOutcome): readonly EventRow['payload'][] =>
  outcome.kind === 'over' ? outcome.followUps.map(({ row }) => row.payload) : [];
