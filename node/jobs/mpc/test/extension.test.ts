/** Correlated transfers hold their correlation, and a receiver that does not use the same choices throughout is caught. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { MpcAbort } from '../errors.ts';
import { ColumnHash } from '../ot/column-hash.ts';
import { type CotReceiver, type CotSender, setupCotReceiver, setupCotSender } from '../ot/correlated.ts';
import { batchTransfers } from '../ot/extension.ts';
import { otKind } from '../ot/kinds.ts';
import { TransferReceiver, TransferSender } from '../ot/transfer.ts';
import { transposeColumns } from '../ot/transpose.ts';
import { dealtCotReceiver, dealtCotSender } from './support/dealt-transfers.ts';
import { type Message, memoryChannels } from './support/memory-channel.ts';
import { seededRandom } from './support/seeded-random.ts';

const sessionId = Buffer.from('session of extensions');

/** What happens to the messages of the next extension. */
type Change = (message: Message) => Message;

interface Pair {
  readonly sender: CotSender;
  readonly receiver: CotReceiver;
  readonly channels: ReturnType<typeof memoryChannels>;
  change: Change;
}

const real = { setupCotSender, setupCotReceiver };
const dealt = { setupCotSender: dealtCotSender, setupCotReceiver: dealtCotReceiver };

async function setup(seed: string, transfers: typeof real, delta?: Buffer): Promise<Pair> {
  const pair = { change: (message: Message) => message };
  const channels = memoryChannels('sender', 'receiver', (_from, _number, message) => [pair.change(message)]);
  const options = (name: string) => ({ random: seededRandom(`${seed} ${name}`), sessionId });
  const [sender, receiver] = await Promise.all([
    transfers.setupCotSender(channels[0], {
      ...options('sender'),
      ...(delta === undefined ? {} : { delta }),
    }),
    transfers.setupCotReceiver(channels[1], options('receiver')),
  ]);
  return Object.assign(pair, { sender, receiver, channels });
}

const bitsOf = (seed: string, count: number) => seededRandom(seed)(count).map((byte) => byte & 1);

/** What M is for these K and choices. */
function expected(keys: Buffer, choices: Uint8Array, delta: Buffer): Buffer {
  return Buffer.from(keys.map((byte, i) => byte ^ (choices[i >> 4]! === 1 ? delta[i & 15]! : 0)));
}

function flip(body: Buffer, bit: number): Buffer {
  const changed = Buffer.from(body);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}

const caught = { status: 'rejected', reason: { reason: 'cheating', party: 'receiver' } };

describe('between honest parties', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await setup('honest', real);
  });

  test.each([0, 1, 7, 8, 127, 128, 129, 1000, batchTransfers + 3])('%d transfers', async (count) => {
    const { sender, receiver } = pair;
    const choices = bitsOf(`choices ${count}`, count);
    const [keys, blocks] = await Promise.all([sender.extend(count), receiver.extend(choices)]);
    expect(keys.length).toBe(16 * count);
    expect(blocks.equals(expected(keys, choices, sender.delta))).toBe(true);
  });

  test('the same choices give other blocks each time, and bits of blocks are as good as random', async () => {
    const choices = new Uint8Array(2000);
    const seen = new Set<string>();
    let ones = 0;
    for (let round = 0; round < 3; round++) {
      const [keys] = await Promise.all([pair.sender.extend(2000), pair.receiver.extend(choices)]);
      for (let i = 0; i < keys.length; i += 16) seen.add(keys.toString('hex', i, i + 16));
      for (const byte of keys) for (let bit = 0; bit < 8; bit++) ones += (byte >> bit) & 1;
    }
    expect(seen.size).toBe(6000);
    const bits = 6000 * 128;
    expect(Math.abs(ones - bits / 2) / Math.sqrt(bits / 4)).toBeLessThan(5);
  });

  test('random strings: the receiver has the one of its choice', async () => {
    const [a, b] = pair.channels;
    const [from, to] = [
      new TransferSender(a, pair.sender, sessionId),
      new TransferReceiver(b, pair.receiver, sessionId),
    ];
    const choices = bitsOf('random strings', 300);
    const [{ zeros, ones }, got] = await Promise.all([from.random(300), to.random(choices)]);
    const strings = (all: Buffer) => Array.from(choices, (_, i) => all.toString('hex', 16 * i, 16 * i + 16));
    const [zero, one] = [strings(zeros), strings(ones)];
    expect(strings(got)).toEqual(Array.from(choices, (choice, i) => (choice === 1 ? one[i] : zero[i])));
    // No two strings differ by the same block: the correlation is gone.
    const differences = zeros.map((byte, i) => byte ^ ones[i]!);
    expect(new Set([...zero, ...one, ...strings(Buffer.from(differences))]).size).toBe(900);
  });

  test('chosen strings, in more than one message', async () => {
    const count = 33_000;
    const [a, b] = pair.channels;
    const [from, to] = [
      new TransferSender(a, pair.sender, Buffer.from('chosen')),
      new TransferReceiver(b, pair.receiver, Buffer.from('chosen')),
    ];
    const random = seededRandom('chosen strings');
    const choices = bitsOf('choices of strings', count);
    const pairs = { zeros: Buffer.from(random(16 * count)), ones: Buffer.from(random(16 * count)) };
    const [, got] = await Promise.all([from.send(pairs), to.receive(choices)]);
    const wanted = got.map((_, i) => (choices[i >> 4]! === 1 ? pairs.ones : pairs.zeros)[i]!);
    expect(got.equals(wanted)).toBe(true);
    await expect(from.send({ zeros: Buffer.alloc(16), ones: Buffer.alloc(32) })).rejects.toThrow(RangeError);
  });
});

test('the sender may give its delta', async () => {
  const delta = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const { sender, receiver } = await setup('given', real, delta);
  expect(sender.delta).toEqual(delta);
  const choices = bitsOf('given', 50);
  const [keys, blocks] = await Promise.all([sender.extend(50), receiver.extend(choices)]);
  expect(blocks.equals(expected(keys, choices, delta))).toBe(true);
});

describe('a receiver that leaves the protocol', () => {
  /** Bits 0 to 63 of this delta are 1, the others 0. */
  const delta = Buffer.concat([Buffer.alloc(8, 0xff), Buffer.alloc(8)]);
  const choices = bitsOf('cheating', 200);
  /** Rows of a batch of 200: two blocks, and one that covers the hash. */
  const rows = 384;
  const columnBit = (column: number, row: number) => column * rows + row;

  async function run(change: Change) {
    const pair = await setup('cheating', dealt, delta);
    pair.change = change;
    const { sender, receiver, channels } = pair;
    const ended = <T>(work: Promise<T>) =>
      work.catch((error: MpcAbort) => {
        channels[0].end();
        throw error;
      });
    const results = await Promise.allSettled([ended(sender.extend(200)), ended(receiver.extend(choices))]);
    return { results, pair };
  }

  const changed = (kind: number, change: (body: Buffer) => Buffer): Change => {
    return (message) => (message.kind === kind ? { ...message, body: change(message.body) } : message);
  };

  test('other choices in a column whose bit of delta is 1', async () => {
    const { results, pair } = await run(changed(otKind.columns, (body) => flip(body, columnBit(63, 5))));
    expect(results[0]).toMatchObject(caught);
    await expect(pair.sender.extend(1)).rejects.toMatchObject(caught.reason);
  });

  test('other choices in a column whose bit of delta is 0 change nothing', async () => {
    const { results } = await run(changed(otKind.columns, (body) => flip(body, columnBit(64, 5))));
    const [keys, blocks] = results.map((result) => (result as PromiseFulfilledResult<Buffer>).value);
    expect(blocks!.equals(expected(keys!, choices, delta))).toBe(true);
  });

  test('other choices in half of the columns, in one row or in all', async () => {
    const even = Array.from({ length: 64 }, (_, i) => 2 * i);
    const oneRow = changed(otKind.columns, (body) =>
      even.reduce((all, column) => flip(all, columnBit(column, 7)), body),
    );
    expect((await run(oneRow)).results[0]).toMatchObject(caught);
    const allRows = changed(otKind.columns, (body) =>
      even.reduce((all, column) => {
        for (let i = 0; i < rows / 8; i++) all[(column * rows) / 8 + i]! ^= 0xff;
        return all;
      }, Buffer.from(body)),
    );
    expect((await run(allRows)).results[0]).toMatchObject(caught);
  });

  test('other choices in the rows that only cover the hash', async () => {
    const { results } = await run(changed(otKind.columns, (body) => flip(body, columnBit(0, rows - 1))));
    expect(results[0]).toMatchObject(caught);
  });

  test.each([
    ['its choices', 0],
    ['a column whose bit of delta is 1', 128 + 5],
    ['a column whose bit of delta is 0', 128 * 128 + 5],
  ])('another hash of %s', async (_name, bit) => {
    const { results } = await run(changed(otKind.response, (body) => flip(body, bit)));
    expect(results[0]).toMatchObject(caught);
  });

  test('a challenge that changes on its way', async () => {
    const { results } = await run(changed(otKind.challenge, (body) => flip(body, 3)));
    expect(results[0]).toMatchObject(caught);
  });

  test.each([
    ['columns', otKind.columns, 'receiver'],
    ['a challenge', otKind.challenge, 'sender'],
    ['a response', otKind.response, 'receiver'],
  ] as const)('%s of another length', async (_name, kind, party) => {
    const malformed = { status: 'rejected', reason: { reason: 'malformed', party } };
    for (const change of [
      (body: Buffer) => body.subarray(1),
      (body: Buffer) => Buffer.concat([body, Buffer.alloc(1)]),
      () => Buffer.alloc(0),
    ]) {
      const { results } = await run(changed(kind, change));
      expect(results[party === 'receiver' ? 0 : 1]).toMatchObject(malformed);
    }
  });
});

test('the hash of columns is linear but for a constant, and tells columns apart', () => {
  const random = seededRandom('columns');
  const hash = new ColumnHash(random(16));
  const [x, y] = [Buffer.from(random(80)), Buffer.from(random(80))];
  const sum = x.map((byte, i) => byte ^ y[i]!);
  const hashes = [x, y, Buffer.alloc(80)].map((column) => hash.of(column));
  const xored = Buffer.alloc(16).map((_, i) => hashes.reduce((all, each) => all ^ each[i]!, 0));
  expect(hash.of(sum)).toEqual(Buffer.from(xored));
  const singles = Array.from({ length: 640 }, (_, bit) =>
    hash.of(flip(Buffer.alloc(80), bit)).toString('hex'),
  );
  expect(new Set(singles).size).toBe(640);
  expect(new ColumnHash(random(16)).of(x)).not.toEqual(hash.of(x));
  expect(() => hash.of(Buffer.alloc(15))).toThrow(RangeError);
});

test('columns become rows', () => {
  const rows = 96;
  const columnWords = 5;
  const matrix = new Int32Array(
    Buffer.from(seededRandom('transpose')(4 * 128 * columnWords)).buffer.slice(0),
  );
  const words = matrix.subarray(0, 128 * columnWords);
  const out = new Int32Array(4 * rows);
  transposeColumns(words, columnWords, rows, out);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < 128; column++) {
      const from = (words[column * columnWords + (row >> 5)]! >>> (row & 31)) & 1;
      const to = (out[4 * row + (column >> 5)]! >>> (column & 31)) & 1;
      if (from !== to) expect.fail(`row ${row}, column ${column}`);
    }
  }
});
