/** What requests and answers cost: `node services/cql/wire/bench/codec.ts`. */
import { opcodes } from '../api.ts';
import { ColumnMetadata } from '../column-metadata.ts';
import { FrameReader } from '../frame-reader.ts';
import { FrameWriter } from '../frame-writer.ts';
import { readRequest } from '../requests.ts';
import { RowsWriter } from '../rows-writer.ts';
import { segmentsOf } from '../segments.ts';

const rounds = 200_000;
const value = Buffer.alloc(100, 'v');
const key = Buffer.alloc(16, 'k');

function measure(name: string, turn: () => void): void {
  for (let i = 0; i < rounds / 4; i++) turn();
  const begin = performance.now();
  for (let i = 0; i < rounds; i++) turn();
  process.stdout.write(`${name}: ${(((performance.now() - begin) * 1000) / rounds).toFixed(2)} us\n`);
}

/** An insert of three values with page size and time, as drivers send it. */
function execute(version: number): Buffer {
  const parts = [Buffer.from([0, 16]), Buffer.alloc(16, 1)];
  if (version >= 5) parts.push(Buffer.from([0, 16]), Buffer.alloc(16, 2));
  parts.push(
    Buffer.from([0, 6]),
    version >= 5 ? Buffer.from([0, 0, 0, 0x25]) : Buffer.from([0x25]),
    Buffer.from([0, 3]),
  );
  for (const one of [key, value, value]) parts.push(Buffer.from([0, 0, 0, one.length]), one);
  parts.push(Buffer.from([0, 0, 0x13, 0x88]), Buffer.alloc(8, 1));
  const body = Buffer.concat(parts);
  const header = Buffer.from([version, 0, 0, 1, opcodes.execute, 0, 0, 0, 0]);
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

for (const version of [4, 5] as const) {
  const frame = execute(version);
  const chunk = version === 5 ? segmentsOf(frame, false) : frame;
  const reader = new FrameReader();
  reader.start(version, undefined);
  measure(`v${version} EXECUTE of three values read`, () => {
    reader.feed(chunk);
    readRequest(reader.next()!);
  });
  const text = { kind: 'native', name: 'text' } as const;
  const metadata = new ColumnMetadata(
    ['a', 'b', 'c'].map((name) => ({ keyspace: 'ks', table: 't', name, type: text })),
  );
  const row = [key, value, value];
  const out = new FrameWriter(version);
  out.startFraming(undefined);
  for (const skipsMetadata of [true, false]) {
    const columns = skipsMetadata ? 'without' : 'with';
    measure(`v${version} answer of one row ${columns} columns`, () => {
      const rows = new RowsWriter(out, { stream: 1 }, metadata, { skipsMetadata });
      rows.row(row);
      rows.finish();
    });
  }
  const pages = new RowsWriter(out, { stream: 1 }, metadata);
  let written = 0;
  measure(`v${version} further row of three values`, () => {
    // The page would become too long.
    if (written++ < 100_000) pages.row(row);
  });
  pages.discard();
}
