/** What happens while the store refuses writes, as with a full disk: nothing is answered that is not kept, and everything goes on afterwards. */
import { NodeError } from '@hypergate/node/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  eventOf,
  type Gateway,
  openWorld,
  queueArn,
  scope,
  turn,
  type World,
} from '../events/test/support/world.ts';
import { ManualTimers } from '../invoke/test/support/world.ts';
import { createScheduler } from '../schedules/index.ts';
import { type ScheduleRow, scheduleKey, schedulesTable } from '../schedules/rows.ts';
import { createSources, type Sources } from '../sources/index.ts';
import { mappingRow } from '../sources/test/support/mapping.ts';
import { putMapping } from '../store/mappings.ts';

let world: World;
let gateway: Gateway;
let timers: ManualTimers;
let sources: Sources;

beforeEach(async () => {
  world = await openWorld();
  await world.putFunction('hello');
  await world.putQueue('q');
  gateway = world.boot();
  await gateway.events.serving;
  await world.quiet();
  const { base, functions, queues } = world;
  timers = new ManualTimers(world.clock);
  sources = createSources({ base, functions, queues, invoker: gateway.invoker, timers });
});
afterEach(async () => {
  await sources.stop(AbortSignal.abort());
  await world.close();
});

/** @returns what gives the disk room again */
function fillDisk(): () => void {
  const { tables } = world.base;
  const transact = tables.transact.bind(tables);
  tables.transact = async () => {
    throw new NodeError('storage-full', 'the disk is full');
  };
  return () => {
    tables.transact = transact;
  };
}

async function advance(ms: number): Promise<void> {
  await world.pass(ms);
  timers.runDue();
  await world.queues.look();
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

const runs = () => gateway.invoker.calls.length;
const isEmpty = async () => {
  const { visible, inFlight } = await world.queues.counts({ ...scope, name: 'q' });
  return visible + inFlight === 0;
};

test('events and messages are refused, and none of them is there afterwards', async () => {
  const empty = fillDisk();
  await expect(gateway.events.put(eventOf('hello'))).rejects.toMatchObject({ code: 'storage-full' });
  const send = () => world.queues.send(queueArn('q'), [{ body: 'a', senderId: 's' }]);
  await expect(send()).rejects.toMatchObject({ code: 'storage-full' });
  empty();
  await advance(60_000);
  expect(runs()).toBe(0);
  expect(await isEmpty()).toBe(true);
  await gateway.events.put(eventOf('hello'));
  await send();
  await world.quiet();
  expect(runs()).toBe(1);
});

test('what came of an event is written when there is room again, soon, and it does not run once more', async () => {
  gateway.invoker.fate = () => 'hang';
  await gateway.events.put(eventOf('hello'));
  await world.quiet();
  const empty = fillDisk();
  gateway.invoker.release();
  for (let minute = 0; minute < 60; minute += 1) await advance(60_000);
  empty();
  await advance(10_000);
  expect(await world.left()).toEqual([]);
  expect(runs()).toBe(1);
});

test('a source goes on soon, with what its function ran for and could not delete', async () => {
  gateway.invoker.fate = () => 'hang';
  await world.queues.send(queueArn('q'), [{ body: 'a', senderId: 's' }]);
  await world.base.tables.transact([putMapping(world.base, mappingRow(), 'any')]);
  await sources.flush();
  while (gateway.invoker.hanging.size === 0) await turn();
  const empty = fillDisk();
  gateway.invoker.fate = () => 'answer';
  gateway.invoker.release();
  for (let minute = 0; minute < 30; minute += 1) await advance(60_000);
  empty();
  await advance(30_000);
  while (!(await isEmpty())) await turn();
  expect(runs()).toBe(2);
});

test('a schedule that was due fires once there is room, once', async () => {
  const { base, functions, queues, clock } = world;
  const scheduler = createScheduler({ base, functions, events: gateway.events, queues });
  const row: ScheduleRow = {
    ...scope,
    group: 'default',
    name: 'one',
    id: 'id',
    createdMs: clock.ms,
    modifiedMs: clock.ms,
    expression: 'rate(1 hour)',
    state: 'ENABLED',
    afterCompletion: 'NONE',
    target: { arn: `arn:aws:lambda:${scope.region}:${scope.account}:function:hello`, roleArn: 'role' },
    anchorMs: clock.ms,
    next: { dueMs: clock.ms + 1000, fireMs: clock.ms + 1000, attempts: 0 },
  };
  const key = scheduleKey(scope, 'default', 'one');
  await base.tables.transact([{ kind: 'put', domain: base.domain, table: schedulesTable, key, row }]);
  await advance(2000);
  const empty = fillDisk();
  for (let second = 0; second < 10; second += 1) {
    await scheduler.tick().catch(() => undefined);
    await advance(1000);
  }
  empty();
  for (let second = 0; second < 10; second += 1) {
    await scheduler.tick();
    await advance(1000);
  }
  expect(runs()).toBe(1);
});
