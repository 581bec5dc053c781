/**
 * The header of a frame, version 1. Its hash is what frame keys sign, what the next header names and what the delay
 * function of the next frame begins with.
 *
 *   trust root (32) ‖ number (8) ‖ time, ms (8) ‖ previous header's hash (32) ‖ log position (8) ‖ log head (33) ‖
 *   global root (32) ‖ discriminant bits (2) ‖ delay iterations (8) ‖ SHA-256 of the delay function's output over the previous header (32)
 *
 * hash = SHA-256(`hypergate/header/v1` ‖ header). The header before frame 1 is the trust root itself. Zero iterations and a
 * zero hash stand for a frame without delay function.
 *
 * The signature is over `hypergate/frame/v1` ‖ hash. Signers: a bit per frame key of the genesis document, first key first,
 * most significant bit first.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { hashBytes } from './genesis.ts';

export interface FrameHeader {
  readonly trustRoot: Uint8Array;
  /** Counted from 1. */
  readonly number: number;
  /** When its changes were taken, by the clock of the leader. */
  readonly timeMs: number;
  readonly previous: Uint8Array;
  /** Of the log: every change up to here is in the frame. */
  readonly position: number;
  /** Tagged hash with which the next position of the log is chained. */
  readonly logHead: Uint8Array;
  readonly globalRoot: Uint8Array;
  /** As in the genesis document: said here too, because fewer than 2,048 are for test networks only. */
  readonly discriminantBits: number;
  readonly iterations: number;
  readonly delayHash: Uint8Array;
}

const taggedHashBytes = 33;
export const headerBytes = 32 + 8 + 8 + 32 + 8 + 33 + 32 + 2 + 8 + 32;
const label = new TextEncoder().encode('hypergate/header/v1');
/** Prepended to what frame keys sign. */
export const frameDomain: Uint8Array = new TextEncoder().encode('hypergate/frame/v1');

export function encodeHeader(header: FrameHeader): Uint8Array {
  const out = new FieldWriter().bytes(header.trustRoot).u64(header.number).u64(header.timeMs);
  out.bytes(header.previous).u64(header.position).bytes(header.logHead).bytes(header.globalRoot);
  const encoded = out.u16(header.discriminantBits).u64(header.iterations).bytes(header.delayHash).done();
  if (encoded.length !== headerBytes) throw new RangeError('a field of the header has another length');
  return encoded;
}

/** @throws ProofRefused */
export function readHeader(input: FieldReader): FrameHeader {
  return {
    trustRoot: input.bytes(hashBytes, 'the trust root'),
    number: input.u64('the frame number'),
    timeMs: input.u64('the time'),
    previous: input.bytes(hashBytes, 'the previous hash'),
    position: input.u64('the position'),
    logHead: input.bytes(taggedHashBytes, 'the log head'),
    globalRoot: input.bytes(hashBytes, 'the global root'),
    discriminantBits: input.u16('the size of the discriminant'),
    iterations: input.u64('the iterations'),
    delayHash: input.bytes(hashBytes, 'the hash of the delay output'),
  };
}

export function decodeHeader(bytes: Uint8Array): FrameHeader {
  const input = new FieldReader(bytes);
  const header = readHeader(input);
  input.end('the header');
  return header;
}

export function headerHash(header: FrameHeader): Uint8Array {
  return sha256.create().update(label).update(encodeHeader(header)).digest();
}
