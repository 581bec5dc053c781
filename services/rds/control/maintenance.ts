/** Changes that wait are done in the maintenance window of their instance. */
import { InstanceRefusal } from '../instance/api.ts';
import type { InstanceRecord } from '../model/control-records.ts';
import { instanceTable } from '../model/control-tables.ts';
import type { ControlContext } from './context.ts';
import { undertake } from './effects.ts';
import { withPending } from './pending.ts';
import { findInstance } from './records.ts';
import { collect } from './store.ts';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;

/** @param window `sun:04:00-sun:04:30`, in UTC; it may go over the end of the week */
export function isInWindow(window: string, nowMs: number): boolean {
  const [from, to] = window.toLowerCase().split('-').map(minuteOfWeek) as [number, number];
  const now = new Date(nowMs);
  const minute = now.getUTCDay() * dayMinutes + now.getUTCHours() * 60 + now.getUTCMinutes();
  return (minute - from + weekMinutes) % weekMinutes < (to - from + weekMinutes) % weekMinutes;
}

function minuteOfWeek(text: string): number {
  const [day, hour, minute] = text.split(':');
  return days.indexOf(day!) * dayMinutes + Number(hour) * 60 + Number(minute);
}

/** To be called every few minutes: a window has at least thirty. */
export async function runMaintenance(context: ControlContext): Promise<void> {
  for (const row of await collect(context.store.all(instanceTable))) {
    if (!isDue(row, context.clock.now())) continue;
    await context.line.run(() => applyNow(context, row));
  }
}

const isDue = ({ pending, intent, settings }: InstanceRecord, nowMs: number): boolean =>
  Object.keys(pending).length > 0 &&
  intent === undefined &&
  isInWindow(String(settings.PreferredMaintenanceWindow), nowMs);

async function applyNow(context: ControlContext, seen: InstanceRecord): Promise<void> {
  const before = await findInstance(context, seen, seen.name);
  if (before === undefined || !isDue(before, context.clock.now())) return;
  const { record, change } = withPending(before);
  const { store, events, logger } = context;
  const isTaken =
    record.name !== before.name && (await findInstance(context, before, record.name)) !== undefined;
  if (isTaken) {
    await store.write(store.put(instanceTable, { ...before, pending: {} }));
    await events.add(
      before,
      'db-instance',
      before.name,
      'failure',
      `There is another instance ${record.name} by now.`,
    );
    return;
  }
  try {
    const isTold = Object.keys(change).length === 0;
    await undertake(context, isTold ? record : { ...record, intent: { kind: 'change', change } }, before);
    await events.add(
      record,
      'db-instance',
      record.name,
      'maintenance',
      'Changes that waited for the maintenance window are done.',
    );
  } catch (error) {
    if (!(error instanceof InstanceRefusal)) throw error;
    logger.warn({ err: error }, 'changes that wait could not be done in the maintenance window');
  }
}
