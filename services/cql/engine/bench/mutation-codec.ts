/**
 * Size of a stored insert of three columns (10 bytes each), and how long encoding and decoding it takes.
 * `node services/cql/engine/bench/mutation-codec.ts`. JSON lines; the median of five rounds in microseconds of CPU each.
 */
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import type { ColumnData, Mutation } from '../model.ts';
import { decodeMutation, encodeMutation } from '../mutation-codec.ts';

const rounds = 5;
const count = 50_000;

function insertion(ttl: number): Mutation {
  const timestamp = 1_700_000_000_123_456n;
  const localTime = ttl === 0 ? 0 : 1_700_000_000 + ttl;
  const cell: ColumnData = { kind: 'cell', cell: { timestamp, value: Buffer.alloc(10, 7), ttl, localTime } };
  const columns = new Map([3, 4, 5].map((id) => [id, cell] as const));
  const marker = { timestamp, ttl, expiresAt: localTime };
  const row = { clustering: [Buffer.alloc(8, 1)], marker, deletion: undefined, columns };
  const nothing = { deletion: undefined, statics: undefined, tombstones: [] };
  return { table: 'a'.repeat(32), key: Buffer.alloc(8, 2), rows: [row], ...nothing };
}

/** Of this thread: others may be busy. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function report(name: string, run: () => void): void {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = cpuMs();
    run();
    times.push(((cpuMs() - from) * 1000) / count);
  }
  times.sort((left, right) => left - right);
  console.log(JSON.stringify({ case: name, us: Number(times[rounds >> 1]!.toFixed(3)) }));
}

for (const ttl of [0, 3600]) {
  const mutation = insertion(ttl);
  const writer = new ByteWriter(256);
  encodeMutation(writer, mutation);
  const bytes = writer.take();
  const name = ttl === 0 ? 'insert of 3 columns' : 'the same with a ttl';
  console.log(JSON.stringify({ case: name, bytes: bytes.length, ofThemValuesAndKeys: 46 }));
  report(`encode ${name}`, () => {
    for (let index = 0; index < count; index++) {
      if (writer.length > 60_000) writer.length = 0;
      encodeMutation(writer, mutation);
    }
  });
  report(`decode ${name}`, () => {
    for (let index = 0; index < count; index++) decodeMutation(new ByteReader(bytes));
  });
}
