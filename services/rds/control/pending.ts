/** Changes that wait: how they become the instance's own. */
import type { InstanceChange } from '../instance/api.ts';
import type { InstanceRecord } from '../model/control-records.ts';

/** @returns the record without changes that wait, and what its instance is to be told */
export function withPending(record: InstanceRecord): {
  readonly record: InstanceRecord;
  readonly change: InstanceChange;
} {
  const { Port, DBInstanceIdentifier, ...settings } = record.pending;
  const port = typeof Port === 'number' ? Port : undefined;
  const name = typeof DBInstanceIdentifier === 'string' ? DBInstanceIdentifier : undefined;
  return {
    record: {
      ...record,
      ...(name === undefined ? {} : { name }),
      ...(port === undefined ? {} : { port }),
      settings: { ...record.settings, ...settings },
      pending: {},
    },
    change: {
      ...(name === undefined ? {} : { name }),
      ...(port === undefined ? {} : { port, restart: true }),
    },
  };
}
