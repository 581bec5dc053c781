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
  /** Time passes. A gateway may know nothing of another's last times until it reads: then its own clock decides. */
  readonly tick: () => void;
  readonly stores: readonly CqlStore[];
  readonly databases: readonly TestDatabase[];
}

/** Two gateways over one node. */
async function withGateways(run: (gateways: Gateways) => Promise<void>): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const { node } = await openNode();
  closing.defer(() => node.close());
  const stores: CqlStore[] = [];
  let ticks = 0;
  const now = () => startSeconds + ticks / 8;
  for (const holder of ['one', 'other']) {
    const tables = await openStore(node);
    closing.defer(() => tables.close());
    const store = await openCqlStore(node, tables, { holder, now });
    closing.defer(() => store.close());
    stores.push(store);
  }
  await stores[0]!.changeSchema(() => ({ schema, result: undefined }));
  const tick = () => void ticks++;
  await run({ tick, stores, databases: stores.map((store) => new TestDatabase(schema, store)) });
}

test('over the node, settled or not, a history of two gateways is what a plain model is', async () => {
  const settle = { text: 'settle' } as const;
  const step = fc.oneof(
    { weight: 12, arbitrary: steps.map((some) => some.slice(0, 4)) },
    fc.constant(settle),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 10 }),
      fc.infiniteStream(fc.nat(1)),
      async (history, gateway) => {
        await withGateways(async ({ tick, stores, databases }) => {
          const model = new PlainModel();
          for (const some of history) {
            if ('text' in some) await stores[gateway.next().value!]!.settle();
            else
              for (const each of some) {
                const result = await databases[gateway.next().value!]!.run(each.text);
                tick();
                const isApplied = each.apply(model);
                const found = result.kind === 'rows' ? result.rows[0]![0]![0] === 1 : undefined;
                expect(found, each.text).toBe(isApplied);
              }
          }
          for (const db of databases) expect((await db.rows()).sort()).toEqual(model.shown().sort());
        });
      },
    ),
    { numRuns: 5 },
  );
});

test('conditional increments through two gateways at once are all counted', async () => {
  await withGateways(async ({ databases }) => {
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
