import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ManagerState,
  type ManagerWorld,
  type ManagerState as State,
  specOf,
  untilState,
} from '../../test/support/manager.ts';
import { Session } from '../session.ts';

let state: State;
let world: ManagerWorld;
beforeAll(async () => {
  state = new ManagerState();
  world = await state.open();
});
afterAll(async () => {
  await world.close();
  state.remove();
});

async function run(id: string, ...statements: string[]): Promise<unknown[]> {
  const client = await world.manager.connect(id, { user: 'owner', database: 'postgres' });
  try {
    let rows: unknown[] = [];
    for (const text of statements) ({ rows } = await client.query({ text, rowMode: 'array' }));
    return rows;
  } finally {
    await client.end();
  }
}

const servingOf = async (id: string) => {
  const serving = await world.manager.get(id).wake();
  if (!(serving instanceof Session)) throw new Error('a replica');
  return serving;
};

it('an instance is made, and is there again after a clean end and after a lost directory', async () => {
  await world.manager.create(specOf('one'), { kind: 'empty' });
  await untilState(world.manager, 'one', 'available');
  await run('one', 'create table t (n int primary key)', 'insert into t select generate_series(1, 1000)');
  await world.close();
  world = await state.open();
  expect(await run('one', 'select count(*)::int from t')).toEqual([[1000]]);
  expect((await servingOf('one')).log.timeline).toBe(1);
  await run('one', 'insert into t values (1001)');
  await world.close();
  rmSync(`${state.cacheDir}/one`, { recursive: true });
  world = await state.open();
  expect(await run('one', 'select count(*)::int from t')).toEqual([[1001]]);
  expect((await servingOf('one')).log.timeline).toBe(2);
});

it('what was acknowledged is there after a crash, on a new timeline', async () => {
  await run('one', 'insert into t values (2000)');
  await world.crash();
  world = await state.open();
  expect(await run('one', 'select max(n) from t')).toEqual([[2000]]);
  expect((await servingOf('one')).log.timeline).toBe(3);
});

it('an engine that dies is restored for the next who asks', async () => {
  const { engine } = await servingOf('one');
  const failed = new Promise<void>((resolve) => {
    void engine.ended.then(() => resolve());
  });
  process.kill(engine.pid, 'SIGKILL');
  await failed;
  // Told to whoever listens, in the order in which they began to.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await run('one', 'select max(n) from t')).toEqual([[2000]]);
});

it('an instance that is put to sleep while the node takes nothing is there again when it does', async () => {
  const { manager, gate } = world;
  await run('one', 'create table slept (a int)', 'insert into slept values (1)');
  const { engine } = await servingOf('one');
  gate.fail('storage-full');
  manager.get('one').sleepIfIdle(Number.MAX_SAFE_INTEGER, 1);
  await engine.ended;
  gate.fail(undefined);
  expect(await run('one', 'select a from slept')).toEqual([[1]]);
});

it('a stopped instance refuses to be woken until it is started', async () => {
  await world.manager.stop('one');
  await untilState(world.manager, 'one', 'stopped');
  await expect(run('one', 'select 1')).rejects.toMatchObject({ reason: 'wrong-state' });
  await world.manager.start('one');
  await untilState(world.manager, 'one', 'available');
  expect(await run('one', 'select 1')).toEqual([[1]]);
});

it('a changed password, and a parameter at once and after a restart', async () => {
  const { manager } = world;
  expect(await manager.checkPassword('one', 'owner', 'a password')).toBe(true);
  await manager.modify('one', { masterPassword: 'another', parameters: { work_mem: '5MB' } });
  await untilState(manager, 'one', 'available');
  expect(await manager.checkPassword('one', 'owner', 'another')).toBe(true);
  expect(await manager.checkPassword('one', 'owner', 'a password')).toBe(false);
  expect(await manager.checkPassword('one', 'rdsadmin', 'another')).toBe(false);
  expect(await run('one', 'show work_mem')).toEqual([['5MB']]);
  await manager.modify('one', { parameters: { max_connections: '50' }, restart: true });
  expect(await run('one', 'show max_connections')).toEqual([['50']]);
  expect(JSON.stringify(manager.get('one').row)).not.toContain('another');
});

it('a snapshot, an instance of it, and one of a point in time', async () => {
  const { manager } = world;
  await manager.snapshot('one', 'snap');
  const [[at]] = (await run(
    'one',
    'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint::text from pg_sleep(0.01)',
  )) as [[string]];
  await run('one', 'select pg_sleep(0.01)', 'delete from t');
  await manager.create(specOf('of-snap', { masterPassword: undefined as never }), {
    kind: 'snapshot',
    snapshot: 'snap',
  });
  await untilState(manager, 'of-snap', 'available');
  expect(await run('of-snap', 'select max(n) from t')).toEqual([[2000]]);
  await manager.create(specOf('of-time'), { kind: 'time', instance: 'one', atMs: Number(at) });
  await untilState(manager, 'of-time', 'available');
  expect(await run('of-time', 'select max(n) from t')).toEqual([[2000]]);
  await manager.deleteSnapshot('snap');
  await expect(manager.create(specOf('late'), { kind: 'snapshot', snapshot: 'snap' })).rejects.toMatchObject({
    reason: 'unknown',
  });
});

it('a replica follows, refuses writes, and becomes an instance of its own', async () => {
  const { manager } = world;
  await manager.create(specOf('rep'), { kind: 'replica', of: 'one' });
  await untilState(manager, 'rep', 'available');
  await run('one', 'insert into t values (1)');
  await expect.poll(() => run('rep', 'select n from t')).toEqual([[1]]);
  await expect(run('rep', 'insert into t values (2)')).rejects.toMatchObject({ code: '25006' });
  await manager.promote('rep');
  await untilState(manager, 'rep', 'available');
  await run('rep', 'insert into t values (2)');
  expect(await run('one', 'select n from t')).toEqual([[1]]);
});

it('a deleted instance leaves nothing behind', async () => {
  const { manager, node } = world;
  const address = Buffer.from(manager.get('rep').row.domain!, 'hex');
  const gone = new Promise<void>((resolve) => {
    const look = () => (manager.status('rep') === undefined ? resolve() : void setTimeout(look, 5));
    void manager.delete('rep').then(look);
  });
  await gone;
  expect(await node.domain(address)).toBeUndefined();
});
