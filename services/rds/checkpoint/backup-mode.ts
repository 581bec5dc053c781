/**
 * The low-level API of base backups: between start and stop the server logs whole pages, whatever its settings are. Stopping ends
 * the current file of the log, so that up to 16 MiB of empty pages follow.
 */
import type { Client } from 'pg';
import type { RunningEngine } from '../engine/api.ts';
import { type Lsn, parseLsn, type Timeline } from '../model/lsn.ts';
import { CheckpointError } from './errors.ts';

export interface BackupEnd {
  readonly timeline: Timeline;
  readonly startLsn: Lsn;
  readonly stopLsn: Lsn;
  readonly backupLabel: Buffer;
}

const labelFacts = /^START WAL LOCATION: ([0-9A-F]+\/[0-9A-F]+) [\s\S]*^START TIMELINE: (\d+)$/m;

/** Runs `work` while a backup is open. What fails, or a connection that ends, ends the backup without a result. */
export async function withBackup<T>(
  engine: Pick<RunningEngine, 'connect'>,
  label: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly end: BackupEnd }> {
  const client = await engine.connect();
  try {
    // What a database's or role's settings say must not reach these calls.
    await client.query('set search_path = pg_catalog; set statement_timeout = 0; set lock_timeout = 0');
    await client.query('select pg_catalog.pg_backup_start($1, fast => true)', [label]);
    const result = await work();
    return { result, end: await stop(client) };
  } finally {
    await client.end();
  }
}

async function stop(client: Client): Promise<BackupEnd> {
  const { rows } = await client.query<{ lsn: string; labelfile: string; spcmapfile: string }>(
    'select lsn, labelfile, spcmapfile from pg_catalog.pg_backup_stop(wait_for_archive => false)',
  );
  const { lsn, labelfile, spcmapfile } = rows[0]!;
  if (spcmapfile.trim() !== '')
    throw new CheckpointError('not-supported', 'a tablespace outside the data directory cannot be kept');
  const facts = labelFacts.exec(labelfile);
  if (facts === null) throw new Error('the server wrote a backup label of another form');
  return {
    timeline: Number(facts[2]),
    startLsn: parseLsn(facts[1]!),
    stopLsn: parseLsn(lsn),
    backupLabel: Buffer.from(labelfile),
  };
}
