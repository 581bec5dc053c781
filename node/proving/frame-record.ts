/**
 * What is kept of a frame, beside its trees and as a file of its own, version 1:
 *
 *   version 1 ‖ header ‖ signers length (1) ‖ signers ‖ signature (74) ‖ delay length (2) ‖ [hint (4) ‖ delay output]
 *   ‖ changed entries (4) ‖ shards (8) ‖ build time, ms (4) ‖ 256 global roots (64 each)
 */
import { curveSizes } from '../crypto/bls48581/curve.ts';
import { FieldReader, FieldWriter, ProofRefused } from './format/bytes.ts';
import { encodeHeader, headerHash, readHeader } from './format/v1/header.ts';
import type { DelayOutput, SignedFrame } from './format/v1/proof.ts';
import { globalTrees, rootBytes } from './format/v1/shard.ts';
import type { FrameInfo } from './messages.ts';

export interface FrameRecord {
  readonly frame: SignedFrame;
  readonly delay: DelayOutput | undefined;
  readonly changed: number;
  readonly shards: number;
  readonly buildMs: number;
  readonly globalRoots: readonly Uint8Array[];
}

const version = 1;

export function encodeFrameRecord(record: FrameRecord): Uint8Array {
  const { frame, delay, globalRoots } = record;
  const out = new FieldWriter().u8(version).bytes(encodeHeader(frame.header));
  out.u8(frame.signers.length).bytes(frame.signers).bytes(frame.signature);
  out.u16(delay?.output.length ?? 0);
  if (delay !== undefined) out.u32(delay.hint).bytes(delay.output);
  out.u32(record.changed).u64(record.shards).u32(Math.round(record.buildMs));
  for (const root of globalRoots) out.bytes(root);
  return out.done();
}

/** @throws ProofRefused */
export function decodeFrameRecord(bytes: Uint8Array): FrameRecord {
  const input = new FieldReader(bytes);
  if (input.u8('a frame') !== version) throw new ProofRefused('unknown version of a frame');
  const header = readHeader(input);
  const signers = input.bytes(input.u8('the signers'), 'the signers');
  const signature = input.bytes(curveSizes.g1, 'the signature');
  const length = input.u16('the delay output');
  const delay =
    length === 0
      ? undefined
      : { hint: input.u32('the hint'), output: input.bytes(length, 'the delay output') };
  const changed = input.u32('the changed entries');
  const shards = input.u64('the shards');
  const buildMs = input.u32('the build time');
  const globalRoots = Array.from({ length: globalTrees }, () => input.bytes(rootBytes, 'a global root'));
  input.end('a frame');
  return { frame: { header, signers, signature }, delay, changed, shards, buildMs, globalRoots };
}

export function frameInfo({ frame, changed, shards, buildMs }: FrameRecord): FrameInfo {
  const { number, timeMs, position, logHead, iterations } = frame.header;
  const hash = headerHash(frame.header);
  return { number, timeMs, position, logHead, hash, changed, shards, iterations, buildMs };
}
