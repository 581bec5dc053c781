/** Another event that one leads to, or a message on its way to a queue: written with what it follows from, sent behind it. */
import { stagePieces } from '@hypergate/table';
import type { Scope } from '../model/tables.ts';
import type { LambdaBase } from '../store/context.ts';
import { randomUuid } from '../store/random-ids.ts';
import { type EventRow, eventIdBytes } from './event-table.ts';

export interface FollowUp {
  readonly id: Buffer;
  readonly row: EventRow;
}

export interface FollowUpContent {
  readonly target: EventRow['target'];
  /** At most `documentBytesMax`. */
  readonly payload: Buffer;
  readonly traceId: string;
}

/** Data of the row is staged: whoever does not write it takes it back. */
export async function stageFollowUp(
  base: LambdaBase,
  { account, region }: Scope,
  { target, payload, traceId }: FollowUpContent,
): Promise<FollowUp> {
  const now = base.clock.now();
  return {
    id: Buffer.from(base.random.bytes(eventIdBytes)),
    row: {
      account,
      region,
      target,
      requestId: randomUuid(base.random),
      traceId,
      acceptedMs: now,
      dueMs: now,
      failures: 0,
      delays: 0,
      payload: await stagePieces(base.tables, payload),
    },
  };
}
