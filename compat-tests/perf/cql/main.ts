/**
 * `npm run bench cql [-- --quick] [--rounds N] [--only rate|scale|hostile] [--rows N] [--data DIR] [--out FILE]`: the Node driver in this process against a
 * gateway beside it, on the same cores: inserts, point selects and conditional updates per second, every answer durable; what a point
 * read costs among few and among many rows; and what hostile connections cost. Writes perf/results/cql.json. `--data` names a folder for the
 * many rows, which is kept and filled only as far as it is not yet.
 */
import { fileURLToPath } from 'node:url';
import { parseArguments } from '../../lib/arguments.ts';
import { writeResult } from '../../lib/results.ts';
import { benchHostile } from './hostile.ts';
import {
  atLeast,
  atMost,
  concurrency,
  type Figure,
  insert,
  measure,
  prepared,
  type Round,
  select,
  serve,
  short,
} from './measure.ts';
import { benchScale, fewRows } from './scale.ts';

const conditionalConcurrency = 8;

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    quick: 'boolean',
    rounds: 'string',
    only: 'string',
    rows: 'string',
    data: 'string',
    out: 'string',
  });
  const quick = parsed.on('quick');
  const rounds = parsed.count('rounds', quick ? 1 : 5, 1);
  const only = parsed.text('only', '');
  const wants = (part: string) => only === '' || only === part;
  const figures: Figure[] = [];
  const detail: Record<string, unknown> = {};
  if (wants('rate')) detail.rate = await benchRates(rounds, quick ? 20_000 : 100_000, figures);
  if (wants('scale')) {
    const rows = parsed.count('rows', quick ? 100_000 : 10_000_000, fewRows);
    const dataDir = parsed.text('data', '');
    detail.scale = await benchScale({ rounds, rows, ...(dataDir === '' ? {} : { dataDir }) }, figures);
  }
  if (wants('hostile')) {
    const hostile = await benchHostile();
    const mebibytes = hostile.firstRound / 2 ** 20;
    figures.push(atMost('1,000 hostile connections and frames of 2 GB, MiB', mebibytes, 64));
    detail.hostile = hostile;
  }
  for (const { what, found, asked, holds } of figures) {
    console.log(`${holds ? 'holds' : 'MISSES'}  ${what}: ${short(found)} (asked ${asked})`);
  }
  const defaultOut = fileURLToPath(new URL('../results/cql.json', import.meta.url));
  const out = parsed.text('out', quick ? '' : defaultOut);
  if (out !== '') writeResult(out, { rounds, figures, detail });
  return 0;
}

async function benchRates(rounds: number, operations: number, figures: Figure[]): Promise<unknown> {
  await using served = await serve();
  const { client } = served;
  const results: Record<'insert' | 'select' | 'conditional', Round[]> = {
    insert: [],
    select: [],
    conditional: [],
  };
  for (let id = 0; id < conditionalConcurrency; id++) {
    await client.execute('INSERT INTO bench.links (id, link) VALUES (?, 0)', [id], prepared);
  }
  let link = 0;
  // Both sides are compiled before anything is measured.
  await measure(served, operations >> 2, concurrency, (index) => insert(client, index));
  await measure(served, operations >> 2, concurrency, (index) => select(client, index));
  for (let round = 0; round < rounds; round++) {
    results.insert.push(await measure(served, operations, concurrency, (index) => insert(client, index)));
    results.select.push(
      await measure(served, operations, concurrency, () =>
        select(client, Math.floor(Math.random() * operations)),
      ),
    );
    const links = Array.from({ length: conditionalConcurrency }, () => link);
    const steps = operations >> 2;
    results.conditional.push(
      await measure(served, steps, conditionalConcurrency, async (_, id) => {
        const before = links[id]!;
        links[id] = before + 1;
        const { rows } = await client.execute(
          'UPDATE bench.links SET link = ? WHERE id = ? IF link = ?',
          [before + 1, id, before],
          prepared,
        );
        if (rows[0]?.get('[applied]') !== true) throw new Error(`link ${before} of ${id} was not the last`);
      }),
    );
    link = Math.max(...links);
    for (let id = 0; id < conditionalConcurrency; id++) {
      await client.execute('INSERT INTO bench.links (id, link) VALUES (?, ?)', [id, link], prepared);
    }
    for (const [name, all] of Object.entries(results)) console.log(`${name}: ${JSON.stringify(all.at(-1))}`);
  }
  figures.push(atLeast('inserts per second, 32 at once', results.insert, 12_000));
  figures.push(atLeast('selects per second, 32 at once', results.select, 16_000));
  figures.push(atLeast('conditional updates per second, 8 at once', results.conditional, 4000));
  return results;
}
