/**
 * The course of a refresh of all keys, on the coordinator's disk: `upkeep/pass`. Handles are random, so each stands for a moment of the
 * period: keys are spread over it without being counted, each is refreshed once in it, at its own time, and a restart goes on behind the last one.
 *
 * version (1) ‖ isAsked (1) ‖ begun (8) ‖ ended (8, 0 while it goes on) ‖ last ended (8) ‖ keys (4) ‖ failed (4) ‖ cursor
 *
 * Times are those of the wall: milliseconds since 1970. One that lies ahead (the clock was set back) counts as now.
 */
import type { Bytes } from '../../../api/index.ts';
import type { KeyValueStore } from '../../../store/kv.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { keyLifeLimits } from '../dkg/limits.ts';
import { malformed } from '../errors.ts';

export interface Pass {
  /** The operator asked for it: not spread over the period. */
  readonly isAsked: boolean;
  readonly begunMs: number;
  readonly endedMs: number | undefined;
  /** When the last whole one ended, 0 for never. */
  readonly lastEndedMs: number;
  /** Refreshed in it so far. */
  readonly keys: number;
  readonly failed: number;
  /** Handle of the last key that was looked at; empty at the beginning. */
  readonly cursor: Bytes;
}

const version = 1;
const name = Buffer.from('upkeep/pass', 'ascii');
const none = new Uint8Array(0);

export function beginPass(begunMs: number, isAsked: boolean, before: Pass | undefined): Pass {
  const lastEndedMs = before?.lastEndedMs ?? 0;
  return { isAsked, begunMs, endedMs: undefined, lastEndedMs, keys: 0, failed: 0, cursor: none };
}

/** When the key with this handle is due. */
export function dueMs({ begunMs, isAsked }: Pass, handle: Bytes, periodMs: number, nowMs: number): number {
  if (isAsked) return nowMs;
  const part = Buffer.from(handle).readUIntBE(0, 6) / 2 ** 48;
  return Math.min(begunMs, nowMs) + Math.floor(part * periodMs);
}

/** When the next one begins: a period after the last, so that keys keep their moments; of a time when nobody was there, one is made up for. */
export function nextBeginsMs({ begunMs }: Pass, periodMs: number, nowMs: number): number {
  return Math.max(Math.min(begunMs, nowMs) + periodMs, nowMs - periodMs);
}

export async function readPass(store: KeyValueStore): Promise<Pass | undefined> {
  const bytes = await store.get(name);
  if (bytes === undefined) return undefined;
  return readMessage(bytes, undefined, (reader): Pass => {
    if (reader.u8('the version') !== version)
      malformed(undefined, 'unknown version of the course of a refresh');
    const isAsked = reader.u8('who began it') === 1;
    const begunMs = reader.u64('its begin');
    const endedMs = reader.u64('its end');
    return {
      isAsked,
      begunMs,
      endedMs: endedMs === 0 ? undefined : endedMs,
      lastEndedMs: reader.u64('the last end'),
      keys: reader.u32('keys'),
      failed: reader.u32('failed'),
      cursor: reader.field(keyLifeLimits.handleBytes, 'the cursor'),
    };
  });
}

/** Synced when it matters: a key that is refreshed twice is no harm. */
export async function writePass(store: KeyValueStore, pass: Pass, sync: boolean): Promise<void> {
  const writer = new MessageWriter().u8(version).u8(pass.isAsked ? 1 : 0);
  writer
    .u64(pass.begunMs)
    .u64(pass.endedMs ?? 0)
    .u64(pass.lastEndedMs);
  const value = writer.u32(pass.keys).u32(pass.failed).field(pass.cursor).done();
  await store.batch([{ type: 'put', key: name, value }], { sync });
}
