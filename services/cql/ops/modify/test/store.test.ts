import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Schema } from '../../../schema/model.ts';
import { withTable, withTestKeyspace } from '../../../schema/test/support.ts';
import type { CqlStore } from '../../../store/cql-store.ts';
import { StoreWorld } from '../../../store/test/support-world.ts';
import { serveFollowed } from '../../../test/support/followed-node.ts';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { startSeconds, TestDatabase } from './support/database.ts';
import { PlainModel, steps } from './support/plain-model.ts';

const columns = 'p int; c int; s int static; v int; l list<int>; st set<int>; m map<text, int>';
const schema: Schema = withTable(withTestKeyspace(), 't', columns, 'p / c');

interface Gateways {
  readonly stores: readonly CqlStore[];
  readonly databases: readonly TestDatabase[];
}

/**
 * Two gateways over one node.
 * @param ahead by how many seconds the clock of each is; they stand still
 * @param isRemote the node of the second one is behind a socket
 */
async function withGateways(
  ahead: readonly [number, number],
  run: (gateways: Gateways) => Promise<void>,
  isRemote = false,
): Promise<void> {
  await using world = await StoreWorld.open();
  const stores: CqlStore[] = [];
  let isOver = false;
  for (const seconds of ahead) {
    const options = {
      holder: `gateway ${stores.length}`,
      now: () => startSeconds + seconds,
      // What is behind the scenes may still be at it when the connection ends.
      onFailure: (error: unknown) => {
        if (!isOver) throw error;
      },
    };
    if (isRemote && stores.length === 1) {
      const follow = await serveFollowed(world.node, world.closing);
      const node = await follow();
      const below = { node, tables: await world.openTables(node) };
      stores.push(await world.openStore({ ...options, fresh: () => node.position() }, below));
    } else {
      stores.push(await world.openStore(options, { tables: await world.openTables() }));
    }
  }
  await stores[0]!.changeSchema(() => ({ schema, result: undefined }));
  await run({ stores, databases: stores.map((store) => new TestDatabase(schema, store)) });
  isOver = true;
}

test('over the node, settled or not, a history of two gateways, however their clocks differ, is what a plain model is', async () => {
  const settle = { text: 'settle' } as const;
  const step = fc.oneof(
    { weight: 12, arbitrary: steps.map((some) => some.slice(0, 4)) },
    fc.constant(settle),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 10 }),
      fc.infiniteStream(fc.nat(1)),
      fc.tuple(fc.nat(60), fc.nat(60)),
      async (history, gateway, ahead) => {
        await withGateways(ahead, async ({ stores, databases }) => {
          const model = new PlainModel();
          for (const some of history) {
            if ('text' in some) await stores[gateway.next().value!]!.settle();
            else
              for (const each of some) {
                const result = await databases[gateway.next().value!]!.run(each.text);
                const isApplied = each.apply(model);
                const found = result.kind === 'rows' ? result.rows[0]![0]![0] === 1 : undefined;
                expect(found, each.text).toBe(isApplied);
              }
          }
          for (const db of databases) expect((await db.rows()).sort()).toEqual(model.shown().sort());
        });
      },
    ),
    { numRuns: 8 },
  );
});

test.each([
  ['', false],
  [' and its node behind a socket', true],
])(
  'a write after another one was answered wins, though the clock of its gateway is behind%s',
  async (_, isRemote) => {
    const history = async ({ databases: [ahead, behind] }: Gateways) => {
      for (let v = 0; v < 20; v++) {
        const [first, second] = [ahead!, behind!];
        await first.run(`INSERT INTO t (p, c, v, l) VALUES (1, 1, ${v}, [1])`);
        await second.run(`UPDATE t SET v = ${v + 100}, l = l + [2] WHERE p = 1 AND c = 1`);
        await first.run('UPDATE t SET l = l + [3] WHERE p = 1 AND c = 1');
        expect(await first.rows()).toEqual([`p=1 c=1 l=[1, 2, 3] v=${v + 100}`]);
        await first.run('INSERT INTO t (p, c, v) VALUES (2, 1, 1)');
        await second.run('DELETE FROM t WHERE p = 2');
        expect(await first.rows()).toHaveLength(1);
      }
    };
    await withGateways([60, 0], history, isRemote);
  },
);

test('what one gateway answered is read through another one, though its node is behind a socket', async () => {
  const history = async ({ databases: [here, there] }: Gateways) => {
    for (let v = 0; v < 20; v++) {
      await here!.run(`INSERT INTO t (p, c, v) VALUES (1, 1, ${v})`);
      expect(await there!.rows()).toEqual([`p=1 c=1 v=${v}`]);
      await here!.run(`UPDATE t SET v = ${v + 100} WHERE p = 1 AND c = 1`);
      expect(await there!.rows()).toEqual([`p=1 c=1 v=${v + 100}`]);
    }
  };
  await withGateways([0, 0], history, true);
});

test('conditional increments through two gateways at once are all counted', async () => {
  await withGateways([0, 1], async ({ databases }) => {
    await databases[0]!.run('INSERT INTO t (p, c, v) VALUES (1, 1, 0)');
    const increment = async (db: TestDatabase): Promise<void> => {
      const update = db.prepare('UPDATE t SET v = ?, l = l + [0] WHERE p = 1 AND c = 1 IF v = ?');
      for (let seen = 0; ; seen++) {
        const result = await db.execute(update, [bytesOfInt32(seen + 1), bytesOfInt32(seen)]);
        if (result.kind === 'rows' && result.rows[0]![0]![0] === 1) return;
      }
    };
    await Promise.all([...databases, ...databases, ...databases].map(increment));
    expect(await databases[1]!.rows()).toEqual(['p=1 c=1 l=[0, 0, 0, 0, 0, 0] v=6']);
  });
});
