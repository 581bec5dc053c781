/**
 * Writers of the kill loop. Each keeps a counter, a row per step in a log of its own, and moves an amount between two accounts, all in
 * one transaction; so a transaction that came back by half shows. It knows what was answered, and what may be there besides.
 */
import type { Client } from 'pg';
import type { SeededRandom } from '../../lib/random.ts';

export interface Writer {
  readonly id: number;
  /** Steps whose COMMIT was answered. */
  answered: number;
  /** The step on its way when the connection broke may be there. */
  isUnderWay: boolean;
  /** Highest counter that any reader saw. */
  seen: number;
}

const accounts = 10;
const accountSum = 1000 * accounts;

export function makeWriters(count: number): Writer[] {
  return Array.from({ length: count }, (_, id) => ({ id, answered: 0, isUnderWay: false, seen: 0 }));
}

/** Tables, and bytes that a restart has to bring back. */
export async function prepareTables(
  client: Client,
  writers: readonly Writer[],
  megabytes: number,
): Promise<void> {
  await client.query('create table counters (writer int primary key, value int not null)');
  await client.query('create table steps (writer int, step int, text text, primary key (writer, step))');
  await client.query(
    'create table accounts (writer int, account int, amount int, primary key (writer, account))',
  );
  for (const { id } of writers) {
    await client.query('insert into counters values ($1, 0)', [id]);
    await client.query('insert into accounts select $1, a, 1000 from generate_series(1, $2) a', [
      id,
      accounts,
    ]);
  }
  // Text that does not compress, about a kilobyte a row.
  await client.query(
    `create table ballast as select i, (select string_agg(md5((i * 40 + j)::text), '') from generate_series(1, 30) j) as text
     from generate_series(1, $1::int) i`.replace('$1::int', String(megabytes * 1000)),
  );
}

/** Steps until the connection breaks. */
export async function write(
  writer: Writer,
  client: Client,
  random: SeededRandom,
  onAnswer: () => void,
): Promise<void> {
  for (;;) {
    const [from, to] = random.shuffle(Array.from({ length: accounts }, (_, account) => account + 1)) as [
      number,
      number,
    ];
    const amount = random.between(1, 50);
    const step = writer.answered + 1;
    try {
      await client.query('begin');
      await client.query('update counters set value = value + 1 where writer = $1', [writer.id]);
      const text = 'x'.repeat(random.logBetween(1, 2000));
      await client.query('insert into steps values ($1, $2, $3)', [writer.id, step, text]);
      await move(client, writer.id, from, -amount);
      await move(client, writer.id, to, amount);
      if (random.next() < 0.1) {
        await client.query('rollback');
        continue;
      }
      writer.isUnderWay = true;
      await client.query('commit');
      writer.isUnderWay = false;
      writer.answered = step;
      onAnswer();
    } catch {
      return;
    }
  }
}

async function move(client: Client, writer: number, account: number, amount: number): Promise<void> {
  await client.query('update accounts set amount = amount + $3 where writer = $1 and account = $2', [
    writer,
    account,
    amount,
  ]);
}

/** Reads counters until the connection breaks. */
export async function watch(writers: readonly Writer[], client: Client): Promise<void> {
  try {
    for (;;) {
      for (const { writer, value } of (
        await client.query<{ writer: number; value: number }>('select * from counters')
      ).rows) {
        const found = writers[writer]!;
        found.seen = Math.max(found.seen, value);
      }
    }
  } catch {
    // The connection broke: the loop is over.
  }
}

/** Compares what is there with what was answered, and goes on from it. @returns steps that are there and were not answered */
export async function verifyWriters(
  writers: readonly Writer[],
  client: Client,
  fault: (text: string) => void,
): Promise<number> {
  let unanswered = 0;
  const { rows } = await client.query<Found>(`
    select c.writer, c.value, count(s.step)::int as steps, coalesce(max(s.step), 0) as last,
      (select sum(amount)::int from accounts a where a.writer = c.writer) as sum
    from counters c left join steps s on s.writer = c.writer group by c.writer, c.value order by c.writer`);
  for (const writer of writers) {
    const found = rows[writer.id];
    const name = `writer ${writer.id}`;
    if (found === undefined) {
      fault(`${name}: its counter is gone`);
      continue;
    }
    const most = writer.answered + (writer.isUnderWay ? 1 : 0);
    if (found.value < writer.answered) fault(`${name}: ${writer.answered} answered, ${found.value} found`);
    if (found.value > most) fault(`${name}: at most ${most} were sent, ${found.value} found`);
    if (found.value < writer.seen) fault(`${name}: ${writer.seen} was read, ${found.value} found`);
    if (found.steps !== found.value || found.last !== found.value || found.sum !== accountSum) {
      fault(`${name}: torn: ${JSON.stringify(found)}`);
    }
    unanswered += Math.max(0, found.value - writer.answered);
    writer.answered = found.value;
    writer.seen = found.value;
    writer.isUnderWay = false;
  }
  return unanswered;
}

interface Found {
  readonly writer: number;
  readonly value: number;
  readonly steps: number;
  readonly last: number;
  readonly sum: number;
}
