/** Events of what happens to instances without a call, or after one. */
import type { InstanceState, InstanceStatus } from '../instance/api.ts';
import type { ControlContext } from './context.ts';
import { instanceById } from './records.ts';

const told: Readonly<Record<string, readonly [category: string, message: string]>> = {
  'creating available': ['creation', 'DB instance created'],
  'restoring available': ['restoration', 'DB instance restored'],
  'rebooting available': ['availability', 'DB instance restarted'],
  'starting available': ['notification', 'DB instance started'],
  'stopping stopped': ['notification', 'DB instance stopped'],
  'available rebooting': ['availability', 'DB instance shutdown'],
};

export function recordStates(context: ControlContext): void {
  context.instances.onState((status, before) => {
    const event = eventOf(status, before);
    if (event === undefined) return;
    context.jobs.begin(`event ${status.id} ${event.join(' ')}`, async () => {
      const row = await instanceById(context, status.id);
      if (row !== undefined) await context.events.add(row, 'db-instance', row.name, ...event);
    });
  });
}

function eventOf(
  { state, reason }: InstanceStatus,
  before: InstanceState | undefined,
): readonly [category: string, message: string] | undefined {
  if (state === 'failed') return ['failure', reason ?? 'The DB instance failed.'];
  return before === undefined ? undefined : told[`${before} ${state}`];
}
