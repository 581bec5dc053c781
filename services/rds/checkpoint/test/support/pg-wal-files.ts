/** The log of a server as it stands in its own pg_wal: what the gateway would have received, up to a position that can be set. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Lsn,
  parseLsn,
  type Timeline,
  walFileName,
  walFileStart,
  walSegmentBytes,
} from '../../../model/lsn.ts';
import type { PlainEngine } from '../../../test/support/plain-engine.ts';
import type { WalSource } from '../../wal-source.ts';

const pieceBytes = 100_000;

export class PgWalFiles implements WalSource {
  /** What is certified. */
  at: { timeline: Timeline; lsn: Lsn };
  private readonly files = new Map<string, Buffer>();

  /** Takes a copy of all that is there. */
  constructor(dataDir: string, at: { timeline: Timeline; lsn: Lsn }) {
    this.at = at;
    const folder = join(dataDir, 'pg_wal');
    for (const name of readdirSync(folder)) {
      if (/^[0-9A-F]{8}(?:[0-9A-F]{16}|\.history)$/.test(name))
        this.files.set(name, readFileSync(join(folder, name)));
    }
  }

  async end() {
    return this.at;
  }

  async historyFiles() {
    return [...this.files].flatMap(([name, bytes]) => {
      if (!name.endsWith('.history')) return [];
      return [{ timeline: Number.parseInt(name.slice(0, 8), 16), text: bytes.toString() }];
    });
  }

  async *read(timeline: Timeline, from: Lsn, to: Lsn): AsyncGenerator<Buffer> {
    if (to > this.at.lsn) throw new Error('more was asked for than is certified');
    for (let at = from; at < to; ) {
      const start = walFileStart(at);
      const file = this.files.get(walFileName(timeline, at));
      if (file === undefined) throw new Error(`${walFileName(timeline, at)} is missing`);
      const end = Math.min(at + pieceBytes, to, start + walSegmentBytes);
      yield file.subarray(at - start, end - start);
      at = end;
    }
  }
}

/** All that the server has written so far. */
export async function walOf(engine: PlainEngine): Promise<PgWalFiles> {
  const client = await engine.connect();
  try {
    // A commit that did not wait for it leaves the end of the log in memory.
    await client.query("set synchronous_commit = on; select pg_logical_emit_message(true, 'test', '')");
    const { rows } = await client.query<{ lsn: string; file: string }>(
      'select pg_current_wal_flush_lsn() as lsn, pg_walfile_name(pg_current_wal_flush_lsn()) as file',
    );
    const { lsn, file } = rows[0]!;
    return new PgWalFiles(engine.dataDir, {
      timeline: Number.parseInt(file.slice(0, 8), 16),
      lsn: parseLsn(lsn),
    });
  } finally {
    await client.end();
  }
}
