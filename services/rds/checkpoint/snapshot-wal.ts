/** The log of a snapshot: one stretch of one timeline, in packs as those of layers, each with its length before it. */
import type { TableDomain } from '@hypergate/table';
import type { SnapshotRow } from '../model/checkpoint-tables.ts';
import { packRawBytes } from '../model/layer-format.ts';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { CheckpointError } from './errors.ts';
import { unpack } from './layer-reader.ts';
import { checkpointLimits } from './limits.ts';
import { Packer } from './packer.ts';
import type { WalSource } from './wal-source.ts';

export class SnapshotWal implements WalSource {
  private readonly domain: TableDomain;
  private readonly row: SnapshotRow;

  constructor(domain: TableDomain, row: SnapshotRow) {
    this.domain = domain;
    this.row = row;
  }

  async end(): Promise<{ readonly timeline: Timeline; readonly lsn: Lsn }> {
    return { timeline: this.row.timeline, lsn: this.row.toLsn };
  }

  async historyFiles(): Promise<readonly { readonly timeline: Timeline; readonly text: string }[]> {
    const { timeline, history } = this.row;
    return history.length === 0 ? [] : [{ timeline, text: history.toString() }];
  }

  async *read(timeline: Timeline, from: Lsn, to: Lsn, signal?: AbortSignal): AsyncGenerator<Buffer> {
    const { row } = this;
    if (timeline !== row.timeline || from < row.fromLsn || to > row.toLsn)
      throw new CheckpointError(
        'no-such-point',
        'a snapshot has no more of the log than its checkpoint needs',
      );
    let at = row.fromLsn;
    for await (const pack of packsOf(this.domain, row, signal)) {
      const rawBytes = Math.min(packRawBytes, row.toLsn - at);
      if (at + rawBytes > from && at < to) {
        const raw = await unpack(pack, rawBytes);
        yield raw.subarray(Math.max(from - at, 0), Math.min(to - at, rawBytes));
      }
      at += rawBytes;
      if (at >= to) return;
    }
    if (at < to) throw new CheckpointError('damaged', `the log of a snapshot ends too soon`);
  }
}

const lengthBytes = 4;

export async function* packedLog(raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const packer = new Packer();
  async function* ready(max: number): AsyncGenerator<Buffer> {
    while (packer.inFlight > max) {
      const pack = await packer.take();
      const head = Buffer.alloc(lengthBytes);
      head.writeUInt32BE(pack.length);
      yield Buffer.concat([head, pack]);
    }
  }
  try {
    for await (const bytes of raw) {
      packer.add(bytes);
      yield* ready(checkpointLimits.packsInFlight);
    }
    packer.finish();
    yield* ready(0);
  } finally {
    await packer.abandon();
  }
}

/** More than any pack has, whose raw bytes are no more than `packRawBytes`. */
const packBytesMax = 2 * packRawBytes;

async function* packsOf(
  domain: TableDomain,
  { wal }: SnapshotRow,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const piece of domain.readBlob(wal, 0, wal.length, signal)) {
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= lengthBytes) {
      const length = rest.readUInt32BE();
      if (length > packBytesMax) throw new CheckpointError('damaged', 'the log of a snapshot is malformed');
      if (rest.length < lengthBytes + length) break;
      yield rest.subarray(lengthBytes, lengthBytes + length);
      rest = rest.subarray(lengthBytes + length);
    }
  }
}
