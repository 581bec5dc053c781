/**
 * How the chaining values of an HMAC key are shared: replicated secret sharing (Ito, Saito, Nishizeki, "Secret sharing scheme realizing
 * general access structure", GLOBECOM 1987). The secret is the XOR of one piece for each set of n - t members, and all members
 * of the set have it. Here n = 4 and t = 1: piece x is lacked by member x alone, one member knows nothing, two have all.
 *
 * Everybody knows a commitment to each piece (SHA-256 over 32 random bytes and the piece: binding as the hash is collision-resistant,
 * hiding in the random-oracle model). A custodian checks what it reads from where it keeps it against them.
 *
 * Any three members i, j, k compute with three shares, each lacked by one of them: the shares are pieces i, j and k, and the piece that
 * the fourth member lacks, which all three have, is added to the share of the two garblers.
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { equalConstantTime } from '../../../crypto/compare.ts';
import { commitToShare, type ShareOpening } from '../../mpc/levels/three-party/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../codec.ts';
import type { Committee } from '../committee.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import type { KeyCommon, KeyShare } from '../party.ts';
import { evaluatorRole } from './circuits.ts';
import { type MacScheme, macSchemeOf, pieceBytes } from './schemes.ts';

export const members = 4;
export const randomnessBytes = 32;
const commitmentBytes = 32;
const version = 1;

/** Three members by role: first garbler, second garbler, evaluator. */
export type Triple = readonly [number, number, number];

/** By the member that lacks the piece. */
export type Openings = ReadonlyMap<number, ShareOpening>;

/** One generation of a key as a member has it. */
export interface Generation {
  readonly generation: number;
  readonly common: Bytes;
  readonly openings: Openings;
}

/** @throws RangeError for a committee of another size */
export function checkMacCommittee({ threshold, members: all }: Committee): void {
  if (all.length !== members || threshold !== 1)
    throw new RangeError('keys for MACs need four custodians, of which one may be faulty');
}

/** Members that have piece x. */
export function othersThan(member: number): number[] {
  return Array.from({ length: members }, (_, at) => at + 1).filter((index) => index !== member);
}

/** The member that is not in the triple. */
export function fourthOf(triple: Triple): number {
  return othersThan(0).find((index) => !triple.includes(index))!;
}

/** @throws ThresholdAbort `malformed` */
export function readTriple(reader: MessageReader): Triple {
  const triple: Triple = [reader.u8('role'), reader.u8('role'), reader.u8('role')];
  if (new Set(triple).size !== 3 || !triple.every((index) => index >= 1 && index <= members))
    malformed(undefined, 'three different custodians have to be named');
  return triple;
}

/** 32 bytes that no other generation of any key has. */
export function keyIdOf(handle: Bytes, scheme: string, generation: number): Buffer {
  const head = new MessageWriter().field(Buffer.from(scheme)).field(handle).u32(generation).done();
  return createHash('sha256').update('hypergate/threshold/mac/key/v1\0').update(head).digest();
}

export function commitPiece(
  key: Pick<KeyCommon, 'handle' | 'scheme' | 'generation'>,
  lacking: number,
  opening: ShareOpening,
): Buffer {
  return commitToShare(keyIdOf(key.handle, key.scheme, key.generation), lacking, opening);
}

/** @param commitments by the member that lacks the piece, from 1 on */
export function encodeCommon(scheme: MacScheme, commitments: readonly Uint8Array[]): Uint8Array {
  const writer = new MessageWriter().u8(version).u8(members).u16(pieceBytes(scheme));
  for (const commitment of commitments) writer.bytes(commitment);
  return writer.done();
}

/** @returns commitments by the member that lacks the piece, from 1 on. @throws ThresholdAbort `malformed` */
export function decodeCommon(scheme: MacScheme, common: Bytes, from?: number): Uint8Array[] {
  return readMessage(common, from, (reader) => {
    const fits =
      reader.u8('version') === version &&
      reader.u8('members') === members &&
      reader.u16('length of pieces') === pieceBytes(scheme);
    if (!fits) malformed(from, 'the public part of a key is of another form');
    return Array.from({ length: members }, () => reader.bytes(commitmentBytes, 'commitment'));
  });
}

/** Whether it is what piece `lacking` of the key was committed to. */
export function opens(key: KeyCommon, lacking: number, opening: ShareOpening): boolean {
  const scheme = macSchemeOf(key.scheme);
  const commitment = decodeCommon(scheme, key.common)[lacking - 1];
  return (
    commitment !== undefined &&
    opening.share.length === pieceBytes(scheme) &&
    opening.randomness.length === randomnessBytes &&
    equalConstantTime(commitPiece(key, lacking, opening), commitment)
  );
}

export function writeOpening(writer: MessageWriter, { share, randomness }: ShareOpening): void {
  writer.bytes(share).bytes(randomness);
}

export function readOpening(reader: MessageReader, scheme: MacScheme): ShareOpening {
  const share = reader.bytes(pieceBytes(scheme), 'piece');
  return { share, randomness: reader.bytes(randomnessBytes, 'randomness') };
}

/**
 * @param generations the one that is used, and the one before while not all members are known to have the new one
 */
export function encodeShare(
  handle: Bytes,
  scheme: MacScheme,
  [current, previous]: readonly [Generation, Generation?],
): KeyShare {
  const writer = new MessageWriter().u8(version);
  const put = ({ openings }: Generation) => {
    for (const lacking of [...openings.keys()].sort((a, b) => a - b))
      writeOpening(writer, openings.get(lacking)!);
  };
  put(current);
  writer.u8(previous === undefined ? 0 : 1);
  if (previous !== undefined) {
    writer.u32(previous.generation).field(previous.common);
    put(previous);
  }
  const { generation, common } = current;
  return { handle, scheme: scheme.scheme, generation, common, secret: writer.done() };
}

const read = new WeakMap<KeyShare, readonly [Generation, Generation?]>();

/**
 * What member `me` keeps, checked against the commitments.
 * @throws ThresholdAbort `unknown-key` when it is not what was committed to
 */
export function decodeShare(share: KeyShare, me: number): readonly [Generation, Generation?] {
  const known = read.get(share);
  if (known !== undefined) return known;
  const scheme = macSchemeOf(share.scheme);
  const generations = readMessage(share.secret, undefined, (reader): [Generation, Generation?] => {
    if (reader.u8('version') !== version) malformed(undefined, 'a share of another version');
    const take = (generation: number, common: Bytes): Generation => {
      const openings = new Map(othersThan(me).map((lacking) => [lacking, readOpening(reader, scheme)]));
      const key = { handle: share.handle, scheme: share.scheme, generation, common };
      for (const [lacking, opening] of openings) {
        if (!opens(key, lacking, opening))
          throw new ThresholdAbort(
            'unknown-key',
            undefined,
            'a piece of the key is not the one committed to',
          );
      }
      return { generation, common, openings };
    };
    const current = take(share.generation, share.common);
    if (reader.u8('earlier generation') === 0) return [current];
    const generation = reader.u32('generation');
    return [current, take(generation, reader.field(share.common.length, 'common'))];
  });
  read.set(share, generations);
  return generations;
}

/** What a member has of the three shares of a triple. */
export interface TripleShares {
  /** By the role that lacks it; undefined for the one that this member lacks. */
  readonly shares: readonly (Uint8Array | undefined)[];
  /** In the same order: 32 secret bytes that the same two members have, and no other of the three. */
  readonly seeds: readonly (Uint8Array | undefined)[];
}

export function sharesOf({ openings }: Generation, triple: Triple, me: number): TripleShares {
  const fourth = fourthOf(triple);
  const opened = triple.map((lacking) => (lacking === me ? undefined : openings.get(lacking)));
  const shares = opened.map((opening, lacking) => {
    if (opening === undefined || lacking !== evaluatorRole) return opening?.share;
    const common = openings.get(fourth)!.share;
    return opening.share.map((byte, i) => byte ^ common[i]!);
  });
  return { shares, seeds: opened.map((opening) => opening?.randomness) };
}

/** @throws ThresholdAbort `cheater` */
export function checkOpening(key: KeyCommon, lacking: number, opening: ShareOpening, from: number): void {
  if (!opens(key, lacking, opening)) cheater(from, 'a piece that it did not commit to');
}
