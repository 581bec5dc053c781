/**
 * The transcript of a ceremony, version 1: JSON, points compressed in hex. Hashes are SHA-512:
 *   first     label ‖ "BLS48-581" ‖ count of powers in G1 ‖ in G2 (u32 each)
 *   powers    label ‖ "powers" ‖ every power, G1 then G2
 *   chained   label ‖ "step" ‖ previous hash ‖ number (u32) ‖ [tau]G1 ‖ commitment ‖ response ‖ powers hash
 *   challenge label ‖ "challenge" ‖ previous hash ‖ number ‖ previous [tau]G1 ‖ [tau]G1 ‖ commitment ‖ powers hash
 * All parts but the label have fixed lengths, given the counts.
 */
import { hexToBytes } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { curveSizes } from '../../bls48581/index.ts';
import { SrsError } from '../errors.ts';
import { srsLimits } from '../limits.ts';

export interface Contribution {
  /** From 1. */
  readonly number: number;
  /** Hash of the step before. */
  readonly previous: string;
  /** The product of all secrets so far, times the generator. */
  readonly tauG1: string;
  /** Schnorr's proof of knowing the secret of this step: commitment in G1, response a scalar. */
  readonly commitment: string;
  readonly response: string;
  /** Of all powers after this step. */
  readonly powersHash: string;
  readonly hash: string;
}

export interface Transcript {
  readonly contributions: readonly Contribution[];
  /** After the last contribution. */
  readonly g1: readonly string[];
  readonly g2: readonly string[];
}

const format = 'hypergate-ceremony';
const version = 1;
const curveName = 'BLS48-581';
const hashBytes = 64;
const encoder = new TextEncoder();
const label = encoder.encode('hypergate/ceremony/v1');

const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};

function hashOf(...parts: readonly (Uint8Array | string)[]): string {
  const hash = sha512.create().update(label);
  for (const part of parts) hash.update(typeof part === 'string' ? hexToBytes(part) : part);
  return bytesToHex(hash.digest());
}

export function firstHash({ g1, g2 }: Pick<Transcript, 'g1' | 'g2'>): string {
  return hashOf(encoder.encode(curveName), u32(g1.length), u32(g2.length));
}

export function powersHash({ g1, g2 }: Pick<Transcript, 'g1' | 'g2'>): string {
  return hashOf(encoder.encode('powers'), ...g1, ...g2);
}

export function stepHash(step: Omit<Contribution, 'hash'>): string {
  const { previous, number, tauG1, commitment, response } = step;
  return hashOf(encoder.encode('step'), previous, u32(number), tauG1, commitment, response, step.powersHash);
}

/** Below 2^512, and so below the order. */
export function challengeOf(
  step: Pick<Contribution, 'previous' | 'number' | 'tauG1' | 'commitment' | 'powersHash'>,
  previousTauG1: string,
): bigint {
  const { previous, number, tauG1, commitment } = step;
  const parts = [previous, u32(number), previousTauG1, tauG1, commitment, step.powersHash];
  return BigInt(`0x${hashOf(encoder.encode('challenge'), ...parts)}`);
}

export function writeTranscript(transcript: Transcript): string {
  const { g1, g2, contributions } = transcript;
  return `${JSON.stringify({ format, version, curve: curveName, contributions, g1, g2 }, null, 2)}\n`;
}

/** The form only; `verifyCeremony` judges the content. @throws SrsError */
export function readTranscript(text: string): Transcript {
  if (text.length > srsLimits.textBytesMax) throw new SrsError('format', 'the transcript is too long');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SrsError('format', 'the transcript is not JSON');
  }
  const top = record(json, ['format', 'version', 'curve', 'contributions', 'g1', 'g2']);
  if (top.format !== format) throw new SrsError('format', 'this is no transcript of a ceremony');
  if (top.version !== version) throw new SrsError('format', 'the transcript has another version');
  if (top.curve !== curveName) throw new SrsError('format', 'the transcript is for another curve');
  const points = (value: unknown, most: number, bytes: number) =>
    list(value, 2, most).map((point) => hex(point, bytes));
  return {
    contributions: list(top.contributions, 0, srsLimits.contributionsMax).map(readContribution),
    g1: points(top.g1, srsLimits.g1PowersMax, curveSizes.g1),
    g2: points(top.g2, srsLimits.g2PowersMax, curveSizes.g2),
  };
}

function readContribution(value: unknown): Contribution {
  const step = record(value, ['number', 'previous', 'tauG1', 'commitment', 'response', 'powersHash', 'hash']);
  const { number } = step;
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    throw new SrsError('format', 'the number of a contribution is not an integer');
  }
  return {
    number,
    previous: hex(step.previous, hashBytes),
    tauG1: hex(step.tauG1, curveSizes.g1),
    commitment: hex(step.commitment, curveSizes.g1),
    response: hex(step.response, curveSizes.scalar),
    powersHash: hex(step.powersHash, hashBytes),
    hash: hex(step.hash, hashBytes),
  };
}

function record(value: unknown, keys: readonly string[]): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const found = isObject ? Object.keys(value) : [];
  if (found.length !== keys.length || !keys.every((key) => found.includes(key))) {
    throw new SrsError('format', `the transcript lacks one of ${keys.join(', ')}, or has more`);
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, least: number, most: number): unknown[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw new SrsError('format', `the transcript has a list that has not ${least} to ${most} entries`);
  }
  return value;
}

function hex(value: unknown, bytes: number): string {
  if (typeof value !== 'string' || value.length !== 2 * bytes || !/^[0-9a-f]*$/.test(value)) {
    throw new SrsError('format', `the transcript holds something that is not ${bytes} bytes in hex`);
  }
  return value;
}
