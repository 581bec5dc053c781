/**
 * What custodians state about a key. `confirmed`: a share that fits what is common of the key is on my disk, and waits. `held`: it is
 * the share that I use. Enough statements on the same key make a certificate, on which others act who were not there.
 *
 * A statement names no session: what is common of a key holds base times every share, which is the whole sharing polynomial in the
 * exponent. Two custodians that state the same have shares of one polynomial, in whatever session it was made.
 */
import { keySchemes } from '../../../api/index.ts';
import { type MessageReader, MessageWriter } from '../codec.ts';
import type { Committee } from '../committee.ts';
import { malformed } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon, Party } from '../party.ts';
import { keyLifeLimits as limits } from './limits.ts';

export type StatementKind = 'confirmed' | 'held';

export interface KeyStatement {
  readonly custodian: number;
  readonly kind: StatementKind;
  readonly signature: Uint8Array;
}

export interface KeyCertificate {
  readonly key: KeyCommon;
  readonly statements: readonly KeyStatement[];
}

/** Who can check signatures of a committee's members: a custodian by its identity, the coordinator. */
export interface Judge {
  readonly committee: Committee;
  verify(from: number, purpose: string, message: Uint8Array, signature: Uint8Array): boolean;
}

export function judgeOf({ committee, identity }: Pick<Party, 'committee' | 'identity'>): Judge {
  return { committee, verify: (...statement) => identity.verify(...statement) };
}

/** n - t: so many answer if all honest ones do. */
export function quorumOf({ members, threshold }: Committee): number {
  return members.length - threshold;
}

export function signStatement(
  { committee, identity }: Pick<Party, 'committee' | 'identity'>,
  kind: StatementKind,
  key: KeyCommon,
): Uint8Array {
  return identity.sign(purposeOf(kind), messageOf(committee, key));
}

export function isStatement(judge: Judge, key: KeyCommon, statement: KeyStatement): boolean {
  const { custodian, kind, signature } = statement;
  return judge.verify(custodian, purposeOf(kind), messageOf(judge.committee, key), signature);
}

/** How many custodians state it truly signed: in all, and how many of them `held`. Each counts once. */
export function countStatements(
  judge: Judge,
  { key, statements }: KeyCertificate,
): { readonly all: number; readonly held: number } {
  const all = new Set<number>();
  const held = new Set<number>();
  for (const statement of statements) {
    if (!isStatement(judge, key, statement)) continue;
    all.add(statement.custodian);
    if (statement.kind === 'held') held.add(statement.custodian);
  }
  return { all: all.size, held: held.size };
}

/** Whether both are the same key with the same shares. */
export function sameKey(left: KeyCommon, right: KeyCommon): boolean {
  return (
    left.scheme === right.scheme &&
    left.generation === right.generation &&
    sameBytes(left.handle, right.handle) &&
    sameBytes(left.common, right.common)
  );
}

/** Of public bytes. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

export function commonPart({ handle, scheme, generation, common }: KeyCommon): KeyCommon {
  return { handle, scheme, generation, common };
}

export function writeKey(writer: MessageWriter, { handle, scheme, generation, common }: KeyCommon): void {
  writer.bytes(handle).field(Buffer.from(scheme, 'latin1')).u64(generation).field(common);
}

/** @throws ThresholdAbort `malformed` */
export function readKey(reader: MessageReader, from?: number): KeyCommon {
  const handle = reader.bytes(limits.handleBytes, 'the handle');
  const named = Buffer.from(reader.field(limits.schemeBytesMax, 'the scheme')).toString('latin1');
  const scheme = keySchemes.find((one) => one === named) ?? malformed(from, 'unknown scheme of keys');
  const generation = reader.u64('the generation');
  return { handle, scheme, generation, common: reader.field(limits.commonBytesMax, 'what is common') };
}

export function writeCertificate(writer: MessageWriter, { key, statements }: KeyCertificate): void {
  writeKey(writer, key);
  writer.list(statements, ({ custodian, kind, signature }) => {
    writer
      .u16(custodian)
      .u8(kind === 'held' ? 1 : 0)
      .bytes(signature);
  });
}

/** Whether shares of one generation may be made from those of another. @throws ThresholdAbort `malformed` */
export function checkGeneration(base: number, generation: number): void {
  if (generation <= base || generation > latestAfter(base))
    malformed(undefined, 'a generation that does not follow');
}

/** The highest generation that may be made from this one. */
export function latestAfter(base: number): number {
  return Math.min(base + limits.generationsAheadMax, limits.generationMax);
}

export function readCertificate(reader: MessageReader): KeyCertificate {
  const key = readKey(reader);
  const statements = reader.list(thresholdLimits.custodiansMax, 'statements', (): KeyStatement => {
    const custodian = reader.u16('a custodian');
    const kind = reader.u8('the kind of a statement');
    if (kind > 1) malformed(undefined, 'unknown kind of statement');
    const signature = reader.bytes(limits.signatureBytes, 'a signature');
    return { custodian, kind: kind === 1 ? 'held' : 'confirmed', signature };
  });
  return { key, statements };
}

function purposeOf(kind: StatementKind): string {
  return `key/${kind}`;
}

function messageOf({ epoch }: Committee, key: KeyCommon): Uint8Array {
  const writer = new MessageWriter().u64(epoch);
  writeKey(writer, key);
  return writer.done();
}
