/** What a refresh is made of: polynomials that vanish at 0, committed to, with their values sealed to each custodian. */
import { createHash } from 'node:crypto';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import { toBytes, toInteger } from './integers.ts';
import type { RsaKey } from './key.ts';
import { readStatements, type Statements, writeStatements } from './statements.ts';

/** Of an identity's seal: salt and tag, with room. */
const sealOverheadBytes = 64;
const digestBytes = 32;
export const refreshPurpose = 'rsa.refresh';

export interface Contribution {
  /** Custodian. */
  readonly from: number;
  /** v^coefficient of X^1..X^t. */
  readonly commitments: readonly bigint[];
  /** The value for custodian i, sealed, at i - 1. */
  readonly sealed: readonly Uint8Array[];
}

export interface Refresh {
  readonly handle: Uint8Array;
  /** Digest of the generation that is refreshed. */
  readonly base: Uint8Array;
  /** Of the one that comes of it. */
  readonly target: Uint8Array;
  /** Of t + 1 custodians or more: one of them is honest. */
  readonly contributions: readonly Contribution[];
}

export interface ContributeRequest {
  readonly handle: Uint8Array;
  readonly base: Uint8Array;
}

/** Either a contribution, or a refresh that was begun before and has to be ended first. */
export type ContributeReply = { readonly contribution: Contribution } | { readonly unfinished: Uint8Array };

export function encodeContributeRequest({ handle, base }: ContributeRequest): Uint8Array {
  return new MessageWriter().field(handle).bytes(base).done();
}

export function decodeContributeRequest(bytes: Uint8Array): ContributeRequest {
  return readMessage(bytes, undefined, (reader) => ({
    handle: reader.field(16, 'the handle'),
    base: reader.bytes(digestBytes, 'the generation'),
  }));
}

export function encodeContributeReply(key: RsaKey, reply: ContributeReply): Uint8Array {
  if ('unfinished' in reply) return new MessageWriter().u8(1).field(reply.unfinished).done();
  return writeContribution(new MessageWriter().u8(0), key, reply.contribution).done();
}

/** @throws ThresholdAbort `malformed` */
export function decodeContributeReply(key: RsaKey, from: number, bytes: Uint8Array): ContributeReply {
  return readMessage(bytes, from, (reader): ContributeReply => {
    if (reader.u8('what it is') === 1)
      return { unfinished: reader.field(thresholdLimits.messageBytesMax, 'a refresh') };
    const contribution = readContribution(reader, key);
    if (contribution.from !== from) malformed(from, 'a contribution of somebody else');
    return { contribution };
  });
}

export function encodeRefresh(key: RsaKey, { handle, base, target, contributions }: Refresh): Uint8Array {
  const writer = new MessageWriter().field(handle).bytes(base).bytes(target);
  return writer.list(contributions, (one) => void writeContribution(writer, key, one)).done();
}

/** Which key a refresh is of, before what it is made of is read. @throws ThresholdAbort `malformed` */
export function peekRefresh(bytes: Uint8Array): Pick<Refresh, 'handle' | 'base' | 'target'> {
  return readMessage(bytes, undefined, (reader) => {
    const head = {
      handle: reader.field(16, 'the handle'),
      base: reader.bytes(digestBytes, 'the generation before'),
      target: reader.bytes(digestBytes, 'the generation after'),
    };
    reader.bytes(reader.left, 'the rest');
    return head;
  });
}

/** @param key the generation before @throws ThresholdAbort `malformed` */
export function decodeRefresh(key: RsaKey, bytes: Uint8Array): Refresh {
  const refresh = readMessage(bytes, undefined, (reader) => ({
    handle: reader.field(16, 'the handle'),
    base: reader.bytes(digestBytes, 'the generation before'),
    target: reader.bytes(digestBytes, 'the generation after'),
    contributions: reader.list(key.custodians, 'contributions', () => readContribution(reader, key)),
  }));
  const from = new Set(refresh.contributions.map((one) => one.from));
  if (from.size !== refresh.contributions.length || from.size < key.threshold + 1)
    malformed(undefined, 'too few custodians contribute to a refresh');
  return refresh;
}

export interface Finish {
  readonly refresh: Uint8Array;
  /** That they have the new generation on their disks, by n - t custodians. */
  readonly statements: Statements;
}

export function encodeFinish({ refresh, statements }: Finish): Uint8Array {
  return writeStatements(new MessageWriter().field(refresh), statements).done();
}

export function decodeFinish(bytes: Uint8Array): Finish {
  return readMessage(bytes, undefined, (reader) => ({
    refresh: reader.field(thresholdLimits.messageBytesMax, 'a refresh'),
    statements: readStatements(reader),
  }));
}

/** What the seal of a value is bound to. */
export function contributionContext(
  key: RsaKey,
  { from, commitments }: Pick<Contribution, 'from' | 'commitments'>,
  to: number,
): Uint8Array {
  const hash = createHash('sha256').update(key.digest).update(Uint8Array.of(from, to));
  for (const one of commitments) hash.update(toBytes(one, key.modulusBytes));
  return hash.digest();
}

/** The generation that contributions make. */
export function refreshedKey(key: RsaKey, contributions: readonly Contribution[]): RsaKey {
  const factors = Array.from({ length: key.threshold }, (_, at) =>
    contributions.reduce((product, { commitments }) => (product * commitments[at]!) % key.modulus, 1n),
  );
  return key.refreshed(factors);
}

function writeContribution(
  writer: MessageWriter,
  key: RsaKey,
  { from, commitments, sealed }: Contribution,
): MessageWriter {
  writer.u8(from);
  writer.list(commitments, (one) => void writer.bytes(toBytes(one, key.modulusBytes)));
  return writer.list(sealed, (one) => void writer.field(one));
}

function readContribution(
  reader: Parameters<Parameters<typeof readMessage>[2]>[0],
  key: RsaKey,
): Contribution {
  const from = reader.u8('who contributes');
  const commitments = reader.list(key.threshold, 'commitments', () =>
    toInteger(reader.bytes(key.modulusBytes, 'a commitment')),
  );
  const sealed = reader.list(key.custodians, 'values', () =>
    reader.field(key.shareBytes + sealOverheadBytes, 'a value'),
  );
  if (from < 1 || from > key.custodians) malformed(undefined, 'a contribution of nobody');
  if (commitments.length !== key.threshold || sealed.length !== key.custodians)
    malformed(from, 'a contribution that is not whole');
  if (commitments.some((one) => one < 1n || one >= key.modulus)) malformed(from, 'a commitment out of range');
  return { from, commitments, sealed };
}
