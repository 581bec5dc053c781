/** Pages of an index whose sort keys are a time and a name, newest first. */
import { ComputationRefused, type Page, type PageQuery } from '@hypergate/kit';
import { hex } from '@hypergate/node/verifier';
import type { IndexEntry, ScanOptions, TableDomain } from '@hypergate/table';
import { mpcServiceLimits } from '../limits.ts';

export interface PageIndex {
  readonly index: string;
  readonly partition: Uint8Array;
}

/**
 * @param read gives undefined for a record that is gone meanwhile
 * @throws ComputationRefused for a query that is none
 */
export async function readPage<Item>(
  { limit = mpcServiceLimits.pageDefault, before }: PageQuery,
  { index, partition }: PageIndex,
  read: (entry: IndexEntry) => Promise<Item | undefined>,
  domain: TableDomain,
): Promise<Page<Item>> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mpcServiceLimits.pageMax) {
    throw new ComputationRefused(400, `limit is 1 to ${mpcServiceLimits.pageMax}`);
  }
  const options: ScanOptions = {
    reverse: true,
    ...(before === undefined ? {} : { lt: Buffer.from(before, 'hex') }),
  };
  const cursor = domain.cursorSecondary(index, partition, options);
  const items: Item[] = [];
  let last: IndexEntry | undefined;
  for (;;) {
    const entry = await cursor.next();
    if (entry === undefined) return { items };
    // One more than the page: only then is there another.
    if (items.length === limit) return { items, next: hex(last!.sort) };
    last = entry;
    const item = await read(entry);
    if (item !== undefined) items.push(item);
  }
}
