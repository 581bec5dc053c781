/**
 * Conditional updates through several gateways over one node, one of them with the node behind a socket: histories must be linearizable.
 * Every update writes a value of its own in the place of one that it names, so the applied ones form one chain, and whatever an
 * operation saw has one place in it. Then a history is linearizable exactly if no operation that began after another one had ended saw an earlier
 * place (Herlihy and Wing 1990).
 */
import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveFollowed } from './support/followed-node.ts';
import { type Gateway, openGateway } from './support/gateways.ts';
import { openNode } from './support/tables.ts';

let gateways: Gateway[];
const closing = new AsyncDisposableStack();
const prepared = { prepare: true };
const serial = { prepare: true, consistency: types.consistencies.serial };

beforeAll(async () => {
  const { node } = await openNode();
  closing.defer(() => node.close());
  const follow = await serveFollowed(node, closing);
  const followed = await follow();
  const local = [await openGateway(node, 'first'), await openGateway(node, 'second')];
  const remote = await openGateway(followed, 'third', () => followed.position());
  gateways = [...local, remote];
  closing.defer(async () => void (await Promise.all(gateways.map((gateway) => gateway.close()))));
  const { client } = local[0]!;
  await client.execute(
    "CREATE KEYSPACE h WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  );
  await client.execute('CREATE TABLE h.registers (id int PRIMARY KEY, value int)');
});

afterAll(() => closing.disposeAsync());

interface Operation {
  readonly began: number;
  readonly ended: number;
  /** What was there before and after it, as far as it says. */
  readonly from: number;
  readonly to: number;
}

/** One client's operations on a register, until the others are done too. */
async function work(
  { client }: Gateway,
  id: number,
  next: () => number | undefined,
  told: (operation: Operation) => void,
): Promise<void> {
  let known = 0;
  for (let value = next(); value !== undefined; value = next()) {
    const began = performance.now();
    if (value % 3 === 0) {
      const { rows } = await client.execute('SELECT value FROM h.registers WHERE id = ?', [id], serial);
      known = Number(rows[0]!.get('value'));
      told({ began, ended: performance.now(), from: known, to: known });
      continue;
    }
    const { rows } = await client.execute(
      'UPDATE h.registers SET value = ? WHERE id = ? IF value = ?',
      [value, id, known],
      prepared,
    );
    const isApplied = rows[0]!.get('[applied]') === true;
    const ended = performance.now();
    if (isApplied) told({ began, ended, from: known, to: value });
    known = isApplied ? value : Number(rows[0]!.get('value'));
    if (!isApplied) told({ began, ended, from: known, to: known });
  }
}

/** @returns what is wrong */
function judge(operations: readonly Operation[]): string[] {
  const faults: string[] = [];
  const after = new Map<number, number>();
  for (const { from, to } of operations) {
    if (from === to) continue;
    if (after.has(from)) faults.push(`${from} was replaced by ${after.get(from)} and by ${to}`);
    after.set(from, to);
  }
  const places = new Map<number, number>([[0, 0]]);
  let place = 0;
  for (let value = after.get(0); value !== undefined; value = after.get(value)) places.set(value, ++place);
  if (places.size !== after.size + 1)
    faults.push(`${after.size} were applied, the chain has ${places.size - 1}`);
  const byEnd = operations.toSorted((left, right) => left.ended - right.ended);
  const byBegin = operations.toSorted((left, right) => left.began - right.began);
  let latest = 0;
  let at = 0;
  for (const { began, from, to } of byBegin) {
    for (; at < byEnd.length && byEnd[at]!.ended < began; at++) {
      latest = Math.max(latest, places.get(byEnd[at]!.to) ?? Number.POSITIVE_INFINITY);
    }
    const first = places.get(from);
    if (first === undefined) faults.push(`${from} was seen, and nobody wrote it`);
    else if (first < latest)
      faults.push(`${from} (${first}) was seen when ${latest} had been answered; then ${to}`);
  }
  return faults;
}

test('a judge finds a stale read, a lost update and two that replaced the same', () => {
  const history = (...steps: readonly [number, number, number, number][]): Operation[] =>
    steps.map(([began, ended, from, to]) => ({ began, ended, from, to }));
  expect(judge(history([0, 1, 0, 5], [2, 3, 5, 5], [2, 4, 5, 7]))).toEqual([]);
  expect(judge(history([0, 1, 0, 5], [0.5, 3, 0, 0]))).toEqual([]);
  expect(judge(history([0, 1, 0, 5], [2, 3, 0, 0]))).not.toEqual([]);
  expect(judge(history([0, 1, 0, 5], [2, 3, 0, 6]))).not.toEqual([]);
  expect(judge(history([0, 1, 0, 5], [2, 3, 6, 7]))).not.toEqual([]);
});

test('histories of conditional updates and serial reads are linearizable', async () => {
  const registers = [1, 2, 3];
  for (const id of registers) {
    await gateways[id % 3]!.client.execute(
      'INSERT INTO h.registers (id, value) VALUES (?, 0)',
      [id],
      prepared,
    );
  }
  const found = new Map<number, Operation[]>(registers.map((id) => [id, []]));
  let left = 900;
  const next = () => (left > 0 ? left-- : undefined);
  await Promise.all(
    gateways.flatMap((gateway) =>
      registers.flatMap((id) =>
        [1, 2].map(() => work(gateway, id, next, (operation) => found.get(id)!.push(operation))),
      ),
    ),
  );
  for (const [id, operations] of found) {
    expect(operations.some(({ from, to }) => from !== to)).toBe(true);
    expect({ id, faults: judge(operations) }).toEqual({ id, faults: [] });
  }
});
