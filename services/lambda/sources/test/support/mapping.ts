/** A mapping of the queue `q` to the function `hello`, unless told otherwise. */
import { queueArn, scope } from '../../../events/test/support/world.ts';
import type { MappingRow, MappingSettings } from '../../../model/mapping-settings.ts';

export const mappingRow = (
  settings: Partial<MappingSettings> = {},
  more: Partial<MappingRow> = {},
): MappingRow => ({
  ...scope,
  uuid: 'mapping',
  kind: 'sqs',
  sourceArn: queueArn('q'),
  functionName: 'hello',
  modifiedMs: 1,
  settings: {
    enabled: true,
    batchSize: 10,
    batchingWindowSeconds: 0,
    reportsItemFailures: false,
    ...settings,
  },
  lastResult: 'No records processed',
  tags: {},
  ...more,
});
