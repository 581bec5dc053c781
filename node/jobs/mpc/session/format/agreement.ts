/**
 * A description as bytes, version 1, and its hash. Two descriptions have the same hash only when they are the same.
 *
 * marker (1) ‖ level (1) ‖ demanded level (1) ‖ keys (1) ‖ name ‖ parties: count (1), each name ‖ key (33) ‖ dials: count (2),
 * each two party numbers (1 + 1), ordered ‖ runs: count (2), each commitment (33) ‖ times (4) ‖ of a session of any runs: 1 (1).
 * A name is length (1) ‖ ASCII.
 */
import type { TaggedHash } from '../../../../api/index.ts';
import type { SecurityLevel } from '../../protocol.ts';
import type { SessionDescription } from '../description.ts';
import { hashOf, taggedHashOf, u32 } from './hashes.ts';

const marker = 1;

const levelCodes: Readonly<Record<SecurityLevel, number>> = {
  'semi-honest': 1,
  'one-bit-leakage': 2,
  malicious: 3,
  'three-party': 4,
};

const name = (text: string) => Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'ascii')]);
const u16 = (value: number) => Buffer.of(value >> 8, value & 0xff);

/** @param description that was checked */
export function encodeAgreement(description: SessionDescription): Buffer {
  const { level, demand, parties, runs, anyRuns = false, dials = [] } = description;
  const index = (of: string) => parties.findIndex((party) => party.name === of);
  const pairs = dials
    .map(([dialer, listener]) => Buffer.of(index(dialer), index(listener)))
    .sort(Buffer.compare);
  return Buffer.concat([
    Buffer.of(marker, levelCodes[level], levelCodes[demand.level], demand.keys ? 1 : 0),
    name(description.name),
    Buffer.of(parties.length),
    ...parties.flatMap((party) => [name(party.name), party.key]),
    u16(pairs.length),
    ...pairs,
    u16(runs.length),
    ...runs.flatMap(({ circuit, times }) => [circuit, u32(times)]),
    // Nothing where it is not said: other descriptions have the bytes that they had before there was such a session.
    ...(anyRuns ? [Buffer.of(1)] : []),
  ]);
}

export function agreementHash(description: SessionDescription): TaggedHash {
  return taggedHashOf('agreement', encodeAgreement(description));
}

/** What a dialer names before it knows who listens: 32 bytes from which the name cannot be read. */
export function sessionTag(sessionName: string): Buffer {
  return hashOf('sessionTag', Buffer.from(sessionName, 'ascii'));
}
