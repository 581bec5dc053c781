/**
 * Writers of the kill loop, each with keys of its own: rows by INSERT, a number by UPDATE, a counter, a chain of conditional updates, and
 * logged batches of a hundred rows over twenty partitions of two tables. Each knows what was answered, and what may be there besides.
 */
import type { Client } from 'cassandra-driver';
import type { SeededRandom } from '../../lib/random.ts';

export interface Writer {
  readonly id: number;
  /** Steps that were answered. */
  answered: number;
  /** The step on its way when the connection broke may be there. */
  isUnderWay: boolean;
  /** Increments of the counter: answered, and of unknown end. */
  added: number;
  maybeAdded: number;
}

const partitions = 20;
const rowsPerPartition = 5;

export const kinds = ['insert', 'counter', 'chain', 'batch'] as const;

/** As many of each kind as there are kinds, in turns. */
export function makeWriters(count: number): Writer[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    answered: 0,
    isUnderWay: false,
    added: 0,
    maybeAdded: 0,
  }));
}

const kindOf = ({ id }: Writer) => kinds[id % kinds.length]!;

export async function prepareTables(client: Client, writers: readonly Writer[]): Promise<void> {
  await client.execute(
    "CREATE KEYSPACE soak WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  );
  for (const table of [
    'steps (writer int, step int, text text, PRIMARY KEY (writer, step))',
    'numbers (writer int PRIMARY KEY, number int)',
    'counters (writer int PRIMARY KEY, total counter)',
    'chains (writer int PRIMARY KEY, link int)',
    'batches (writer int, part int, place int, step int, PRIMARY KEY ((writer, part), place))',
    'others (part int, writer int, place int, step int, PRIMARY KEY (part, writer, place))',
  ]) {
    await client.execute(`CREATE TABLE soak.${table}`);
  }
  for (const { id } of writers) {
    await client.execute('INSERT INTO soak.chains (writer, link) VALUES (?, 0)', [id], { prepare: true });
  }
}

/** Steps until the connection breaks. */
export async function write(
  writer: Writer,
  client: Client,
  random: SeededRandom,
  onAnswer: () => void,
): Promise<void> {
  const kind = kindOf(writer);
  for (;;) {
    const step = writer.answered + 1;
    writer.isUnderWay = true;
    try {
      if (kind === 'counter') writer.maybeAdded += 1;
      await doStep[kind](client, writer.id, step, random);
    } catch {
      return;
    }
    if (kind === 'counter') {
      writer.maybeAdded -= 1;
      writer.added += 1;
    }
    writer.isUnderWay = false;
    writer.answered = step;
    onAnswer();
  }
}

const prepared = { prepare: true };

const doStep: Readonly<
  Record<
    (typeof kinds)[number],
    (client: Client, id: number, step: number, random: SeededRandom) => Promise<void>
  >
> = {
  async insert(client, id, step, random) {
    const text = 'x'.repeat(random.logBetween(1, 5000));
    await client.execute(
      'INSERT INTO soak.steps (writer, step, text) VALUES (?, ?, ?)',
      [id, step, text],
      prepared,
    );
    await client.execute('UPDATE soak.numbers SET number = ? WHERE writer = ?', [step, id], prepared);
  },
  async counter(client, id) {
    await client.execute('UPDATE soak.counters SET total = total + 1 WHERE writer = ?', [id], prepared);
  },
  async chain(client, id, step) {
    const found = await client.execute(
      'UPDATE soak.chains SET link = ? WHERE writer = ? IF link = ?',
      [step, id, step - 1],
      prepared,
    );
    if (found.rows[0]?.get('[applied]') !== true) throw new Error(`the chain of ${id} is not at ${step - 1}`);
  },
  async batch(client, id, step) {
    const queries = [];
    for (let part = 0; part < partitions; part++) {
      for (let place = 0; place < rowsPerPartition; place++) {
        queries.push(
          part % 2 === 0
            ? {
                query: 'INSERT INTO soak.batches (writer, part, place, step) VALUES (?, ?, ?, ?)',
                params: [id, part, place, step],
              }
            : {
                query: 'INSERT INTO soak.others (part, writer, place, step) VALUES (?, ?, ?, ?)',
                params: [part, id, place, step],
              },
        );
      }
    }
    await client.batch(queries, prepared);
  },
};

/** Compares what is there with what was answered, and goes on from it. @returns steps that are there and were not answered */
export async function verifyWriters(
  writers: readonly Writer[],
  client: Client,
  fault: (text: string) => void,
): Promise<number> {
  let unanswered = 0;
  for (const writer of writers) {
    const kind = kindOf(writer);
    const most = writer.answered + (writer.isUnderWay ? 1 : 0);
    const name = `writer ${writer.id} (${kind})`;
    const found = await lastStep[kind](client, writer, (text) => fault(`${name}: ${text}`));
    if (kind !== 'counter') {
      if (found < writer.answered) fault(`${name}: ${writer.answered} answered, ${found} found`);
      if (found > most) fault(`${name}: at most ${most} were sent, ${found} found`);
    }
    unanswered += Math.max(0, found - writer.answered);
    writer.answered = found;
    writer.isUnderWay = false;
  }
  return unanswered;
}

/** What one row says of a writer. */
async function one(client: Client, query: string, id: number): Promise<unknown> {
  const { rows } = await client.execute(query, [id], prepared);
  return rows[0]?.values()[0];
}

const lastStep: Readonly<
  Record<
    (typeof kinds)[number],
    (client: Client, writer: Writer, fault: (text: string) => void) => Promise<number>
  >
> = {
  async insert(client, { id }, fault) {
    const number = Number((await one(client, 'SELECT number FROM soak.numbers WHERE writer = ?', id)) ?? 0);
    const count = Number(await one(client, 'SELECT count(*) FROM soak.steps WHERE writer = ?', id));
    const last = Number((await one(client, 'SELECT max(step) FROM soak.steps WHERE writer = ?', id)) ?? 0);
    // The row comes first, its number follows.
    if (count !== last) fault(`${count} rows, the last is ${last}`);
    if (last !== number && last !== number + 1) fault(`the last row is ${last}, the number ${number}`);
    return number;
  },
  async counter(client, writer, fault) {
    const total = Number(
      (await one(client, 'SELECT total FROM soak.counters WHERE writer = ?', writer.id)) ?? 0,
    );
    const most = writer.added + writer.maybeAdded;
    if (total < writer.added) fault(`${writer.added} answered, ${total} counted`);
    if (total > most) fault(`at most ${most} were sent, ${total} counted`);
    writer.added = total;
    writer.maybeAdded = 0;
    return writer.answered;
  },
  async chain(client, { id }) {
    return Number(await one(client, 'SELECT link FROM soak.chains WHERE writer = ?', id));
  },
  async batch(client, { id }, fault) {
    const found: number[] = [];
    for (let part = 0; part < partitions; part++) {
      const { rows } = await client.execute(
        part % 2 === 0
          ? 'SELECT step FROM soak.batches WHERE writer = ? AND part = ?'
          : 'SELECT step FROM soak.others WHERE writer = ? AND part = ?',
        [id, part],
        prepared,
      );
      found.push(...rows.map((row) => Number(row.get('step'))));
    }
    const [step = 0] = found;
    const isWhole = found.length === 0 || found.length === partitions * rowsPerPartition;
    if (!isWhole || found.some((each) => each !== step)) fault(`a batch is torn: ${JSON.stringify(found)}`);
    return step;
  },
};
