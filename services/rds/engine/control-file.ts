/** The start of `global/pg_control` (`ControlFileData`), which is the same in PostgreSQL 15 to 18 of a little-endian machine. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Lsn, type Timeline, walFileName, walFileStart, walSegmentBytes } from '../model/lsn.ts';
import { EngineFailure } from './failure.ts';

const headBytes = 56;
const offsets = { system: 0, state: 16, checkpoint: 32, redo: 40, timeline: 48 } as const;
const states = [
  'starting',
  'shutdown',
  'shutdown in recovery',
  'shutting down',
  'crash recovery',
  'recovery',
  'production',
] as const;

export interface ControlFile {
  readonly systemIdentifier: bigint;
  /** `shutdown` after a clean end of a primary, `shutdown in recovery` of a standby. */
  readonly state: (typeof states)[number] | 'unknown';
  /** Where the record of the last checkpoint begins. */
  readonly checkpoint: Lsn;
  readonly redo: Lsn;
  readonly timeline: Timeline;
}

/** @throws EngineFailure wrong-data */
export function readControlFile(dataDir: string): ControlFile {
  const head = Buffer.alloc(headBytes);
  if (readHead(join(dataDir, 'global', 'pg_control'), head) < headBytes) {
    throw new EngineFailure('wrong-data', `${dataDir} has no whole pg_control.`);
  }
  return {
    systemIdentifier: head.readBigUInt64LE(offsets.system),
    state: states[head.readUInt32LE(offsets.state)] ?? 'unknown',
    checkpoint: Number(head.readBigUInt64LE(offsets.checkpoint)),
    redo: Number(head.readBigUInt64LE(offsets.redo)),
    timeline: head.readUInt32LE(offsets.timeline),
  };
}

function readHead(path: string, into: Buffer, at = 0): number {
  try {
    const file = openSync(path, 'r');
    try {
      return readSync(file, into, 0, into.length, at);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new EngineFailure('wrong-data', `${path} cannot be read.`, { cause });
  }
}

/** Of the directory, undefined if it holds no cluster. */
export function majorOf(dataDir: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8'), 10);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fault;
  }
}

const pageBytes = 8192;
const alignment = 8;
const shortHeaderBytes = 24;
const longHeaderBytes = 40;

/** Where the record that begins here ends: its length, and the header of each page that it reaches into. */
export function recordEnd(dataDir: string, timeline: Timeline, start: Lsn): Lsn {
  const length = Buffer.alloc(4);
  const path = join(dataDir, 'pg_wal', walFileName(timeline, start));
  if (readHead(path, length, start - walFileStart(start)) < length.length) {
    throw new EngineFailure('wrong-data', `${path} ends before the last checkpoint.`);
  }
  let left = Math.ceil(length.readUInt32LE(0) / alignment) * alignment;
  let at = start;
  for (;;) {
    const room = pageBytes - (at % pageBytes);
    if (left <= room) return at + left;
    left -= room;
    at += room;
    at += at % walSegmentBytes === 0 ? longHeaderBytes : shortHeaderBytes;
  }
}
