import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Schema } from '../../../schema/model.ts';
import { withTable, withTestKeyspace } from '../../../schema/test/support.ts';
import type { CqlStore } from '../../../store/cql-store.ts';
import { openCqlStore } from '../../../store/test/support.ts';
import { openNode, openStore } from '../../../test/support/tables.ts';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { startSeconds, TestDatabase } from './support/database.ts';
import { PlainModel, steps } from './support/plain-model.ts';

const columns = 'p int; c int; s int static; v int; l list<int>; st set<int>; m map<text, int>';
const schema: Schema = withTable(withTestKeyspace(), 't', columns, 'p / c');

interface Gateways {
  readonly stores: readonly CqlStore[];
  readonly databases: readonly TestDatabase[];
}

/** Two gateways over one node. @param ahead by how many seconds the clock of each is; they stand still */
async function withGateways(
  ahead: readonly [number, number],
  run: (gateways: Gateways) => Promise<void>,
): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const { node } = await openNode();
  closing.defer(() => node.close());
  const stores: CqlStore[] = [];
  for (const seconds of ahead) {
    const tables = await openStore(node);
    closing.defer(() => tables.close());
    const holder = `gateway ${stores.length}`;
    const store = await openCqlStore(node, tables, { holder, now: () => startSeconds + seconds });
    closing.defer(() => store.close());
    stores.push(store);
  }
  await stores[0]!.changeSchema(() => ({ schema, result: undefined }));
  await run({ stores, databases: stores.map((store) => new TestDatabase(schema, store)) });
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

test('a write after another one was answered wins, though the clock of its gateway is behind', async () => {
  await withGateways([60, 0], async ({ databases: [ahead, behind] }) => {
    for (let v = 0; v < 20; v++) {
      const [first, second] = [ahead!, behind!];
      await first.run(`INSERT INTO t (p, c, v, l) VALUES (1, 1, ${v}, [1])`);
      await second.run(`UPDATE t SET v = ${v + 100}, l = l + [2] WHERE p = 1 AND c = 1`);
      await first.run('UPDATE t SET l = l + [3] WHERE p = 1 AND c = 1');
      for (const db of [first, second]) expect(await db.rows()).toEqual([`p=1 c=1 l=[1, 2, 3] v=${v + 100}`]);
      await first.run('INSERT INTO t (p, c, v) VALUES (2, 1, 1)');
      await second.run('DELETE FROM t WHERE p = 2');
      expect(await first.rows()).toHaveLength(1);
    }
  });
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
