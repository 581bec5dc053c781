/** How many messages a queue has: counted in the index when asked, little by little, as a queue may have millions. */
import { type TableDomain, unhurried } from '@hypergate/table';
import { readHint, visibleIndex, visibleSort } from './tables.ts';

export interface MessageCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export async function countMessages(
  domain: TableDomain,
  queueId: string,
  nowMs: number,
): Promise<MessageCounts> {
  const cursor = domain.cursorSecondary(visibleIndex, Buffer.from(queueId, 'hex'), {});
  const pace = unhurried();
  const counts = { visible: 0, inFlight: 0, delayed: 0 };
  for (;;) {
    const next = cursor.next();
    const entry = next instanceof Promise ? await next : next;
    if (entry === undefined) return counts;
    const { visibleMs, isOut } = readHint(entry.projection);
    if (visibleMs <= nowMs) counts.visible += 1;
    else if (isOut) counts.inFlight += 1;
    else counts.delayed += 1;
    await pace.step();
  }
}

export async function hasVisible(domain: TableDomain, queueId: string, nowMs: number): Promise<boolean> {
  const options = { lt: visibleSort(nowMs + 1), limit: 1 };
  const cursor = domain.cursorSecondary(visibleIndex, Buffer.from(queueId, 'hex'), options);
  return (await cursor.next()) !== undefined;
}
