import { describe, expect, it } from 'vitest';
import { NodeError } from '../../api/index.ts';
import { History, type HistoryCounts, type Plant, Violation } from './power-cut-run.ts';

const soak = process.env.HYPERGATE_SOAK === '1';
const histories = soak ? 500 : 50;
const cutsEach = 4;
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);

async function run(seed: number, plant?: Plant): Promise<HistoryCounts> {
  const history = new History(seed, plant);
  try {
    await history.run(cutsEach);
  } catch (error) {
    throw new Error(`HYPERGATE_SEED=${seed} finds it again: ${String(error)}`, { cause: error });
  }
  return history.counts;
}

describe('a node whose power goes at any moment', () => {
  it(
    'keeps what it answered, byte for byte, and shows nothing by halves',
    async () => {
      const total: Record<string, number> = {};
      for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
        for (const [name, count] of Object.entries(await run(seed))) total[name] = (total[name] ?? 0) + count;
      }
      process.stdout.write(`power cuts from seed ${firstSeed}: ${JSON.stringify(total)}\n`);
      expect(total.cuts).toBe(histories * cutsEach);
      expect(total.answered).toBeGreaterThan(histories * 20);
      expect(total.cutsDuringRecovery).toBeGreaterThan(0);
      expect(total.chunksRead).toBeGreaterThan(histories);
    },
    soak ? 1_200_000 : 60_000,
  );

  const faults: Readonly<Record<string, Plant>> = {
    'a log that answers before the disk does': (modules) => ({
      ...modules,
      openLog: async (state) => {
        const log = await modules.openLog({ ...state, applied: 0 });
        return new Proxy(log, {
          get(target, name) {
            const value = Reflect.get(target, name, target);
            if (name !== 'append') return typeof value === 'function' ? value.bind(target) : value;
            return (record: Uint8Array) => {
              const { position, durable } = target.append(record);
              durable.catch(() => undefined);
              return { position, durable: Promise.resolve() };
            };
          },
        });
      },
    }),
    'chunks that are not synced before the log names them': (modules) => ({
      ...modules,
      openChunks: async (state) => {
        const chunks = await modules.openChunks(state);
        return new Proxy(chunks, {
          get(target, name) {
            if (name === 'sync') return async () => undefined;
            const value = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
    }),
    'a state that reaches its store in halves': (modules) => ({
      ...modules,
      kv: new Proxy(modules.kv, {
        get(target, name) {
          const value = Reflect.get(target, name, target);
          if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value;
          return async (operations: readonly never[], options: { sync: boolean }) => {
            const middle = operations.length >> 1;
            await target.batch(operations.slice(middle), { sync: false });
            await target.batch(operations.slice(0, middle), options);
          };
        },
      }),
    }),
  };

  it.each(Object.keys(faults))('would be caught with %s', async (name) => {
    let caught: unknown;
    for (let seed = 1; seed <= 60 && caught === undefined; seed++) {
      caught = await run(seed, faults[name] as Plant).then(
        () => undefined,
        (error) => error,
      );
    }
    const { cause } = caught as Error;
    // The checker, or the node itself, which refuses what does not fit together or stops at a broken invariant.
    const isInvariant = cause instanceof Error && cause.constructor === Error;
    const isRefusal = cause instanceof NodeError && cause.code !== 'closed';
    const isFound = cause instanceof Violation || isInvariant || isRefusal;
    expect(isFound, String(cause)).toBe(true);
  });
});
