/** DescribeEvents, DescribeEventCategories. */
import type { EventRecord } from '../../model/control-records.ts';
import { eventSort } from '../../model/control-tables.ts';
import { invalidCombination, invalidValue } from '../errors.ts';
import { eventCategories, type SourceType, sourceTypes } from '../events.ts';
import { controlLimits } from '../limits.ts';
import { look } from '../operation.ts';
import { readPage } from '../pages.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const describe = look('DescribeEvents', {}, async ({ input, scope, events, clock }) => {
  input.filters([]);
  const source = input.text('SourceIdentifier')?.toLowerCase();
  const type = input.text('SourceType');
  if (type !== undefined && !Object.hasOwn(sourceTypes, type))
    throw invalidValue(`Invalid SourceType: ${type}`);
  if (source !== undefined && type === undefined)
    throw invalidCombination('SourceType is required when SourceIdentifier is specified.');
  const categories = input.texts('EventCategories') ?? [];
  const now = clock.now();
  const oldestMs = now - controlLimits.eventDaysMax * dayMs;
  const toMs = input.time('EndTime') ?? now;
  const startMs = input.time('StartTime');
  const minutes = input.number('Duration') ?? 60;
  if (startMs !== undefined && startMs > toMs) throw invalidCombination('StartTime must be before EndTime.');
  const fromMs = Math.max(startMs ?? toMs - minutes * minuteMs, oldestMs);
  const page = await readPage(
    input,
    'DescribeEvents',
    (after) =>
      events.between(scope, fromMs, toMs, after === undefined ? undefined : Buffer.from(after, 'hex')),
    (row) => eventSort(row.ms, row.number).toString('hex'),
    (row) => (isAsked(row) ? view(row) : undefined),
  );
  return { Marker: page.marker, Events: page.items };

  function isAsked(row: EventRecord): boolean {
    return (
      (type === undefined || row.sourceType === type) &&
      (source === undefined || row.source === source) &&
      (categories.length === 0 || row.categories.some((one) => categories.includes(one)))
    );
  }
});

function view(row: EventRecord) {
  return {
    SourceIdentifier: row.source,
    SourceType: row.sourceType,
    SourceArn: row.arn,
    Message: row.message,
    EventCategories: row.categories,
    Date: new Date(row.ms),
  };
}

const categoriesOperation = look('DescribeEventCategories', {}, async ({ input }) => {
  const type = input.text('SourceType');
  if (type !== undefined && !Object.hasOwn(eventCategories, type))
    throw invalidValue(`Invalid SourceType: ${type}`);
  const types = (Object.keys(eventCategories) as SourceType[]).filter(
    (one) => type === undefined || one === type,
  );
  return {
    EventCategoriesMapList: types.map((one) => ({ SourceType: one, EventCategories: eventCategories[one] })),
  };
});

export const eventOperations = [describe, categoriesOperation];
