/** Messages of FROST. */
import type { Bytes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed } from '../errors.ts';
import { ed25519 } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { Commitment } from './ciphersuite.ts';
import { frostLimits } from './limits.ts';

const elementBytes = 32;
const signatureBytesMax = 128;
export const challengeBytes = 16;
/** What custodians sign their commitments for. */
export const commitPurpose = 'frost.commit';

export interface CommitRequest {
  /** Fresh: the answer is to this request and no other. */
  readonly challenge: Uint8Array;
  readonly count: number;
}

export function encodeCommitRequest({ challenge, count }: CommitRequest): Uint8Array {
  return new MessageWriter().bytes(challenge).u16(count).done();
}

export function readCommitRequest(body: Bytes): CommitRequest {
  const request = readMessage(body, undefined, (reader) => ({
    challenge: reader.bytes(challengeBytes, 'the challenge'),
    count: reader.u16('the number of commitments'),
  }));
  if (request.count < 1 || request.count > frostLimits.batchMax)
    malformed(undefined, 'number of commitments');
  return request;
}

export type Pair = Omit<Commitment, 'custodian'>;

/** What is signed with `commitPurpose`. */
export function commitStatement(challenge: Uint8Array, pairs: readonly Pair[]): Uint8Array {
  const writer = new MessageWriter().bytes(challenge);
  return writer.list(pairs, ({ hiding, binding }) => void writer.bytes(hiding).bytes(binding)).done();
}

export function encodeCommitAnswer(pairs: readonly Pair[], signature: Uint8Array): Uint8Array {
  const writer = new MessageWriter();
  writer.list(pairs, ({ hiding, binding }) => void writer.bytes(hiding).bytes(binding));
  return writer.field(signature).done();
}

export function readCommitAnswer(answer: Bytes, from: number): { pairs: Pair[]; signature: Uint8Array } {
  return readMessage(answer, from, (reader) => ({
    pairs: reader.list(frostLimits.batchMax, 'commitments', () => ({
      hiding: reader.bytes(elementBytes, 'a commitment'),
      binding: reader.bytes(elementBytes, 'a commitment'),
    })),
    signature: reader.field(signatureBytesMax, 'the signature'),
  }));
}

export interface SignRequest {
  readonly generation: number;
  /** In ascending order of custodians. */
  readonly commitments: readonly Commitment[];
}

export const signRequestBytesMax = 4 + 2 + thresholdLimits.custodiansMax * (2 + 2 * elementBytes);

export function encodeSignRequest({ generation, commitments }: SignRequest): Uint8Array {
  const writer = new MessageWriter().u32(generation);
  return writer
    .list(
      commitments,
      ({ custodian, hiding, binding }) => void writer.u16(custodian).bytes(hiding).bytes(binding),
    )
    .done();
}

export function readSignRequest(body: Bytes): SignRequest {
  const request = readMessage(body, undefined, (reader) => ({
    generation: reader.u32('the generation'),
    commitments: reader.list(thresholdLimits.custodiansMax, 'commitments', () => ({
      custodian: reader.u16('a custodian'),
      hiding: reader.bytes(elementBytes, 'a commitment'),
      binding: reader.bytes(elementBytes, 'a commitment'),
    })),
  }));
  const ascending = request.commitments.every(
    ({ custodian }, at, all) => custodian > (at === 0 ? 0 : all[at - 1]!.custodian),
  );
  if (!ascending) malformed(undefined, 'order of commitments');
  return request;
}

/** Undefined: the nonces of these commitments are not there; never were, or used, or forgotten. */
export function encodeSignAnswer(share: bigint | undefined): Uint8Array {
  if (share === undefined) return Uint8Array.of(0);
  return new MessageWriter().u8(1).bytes(ed25519.encodeScalar(share)).done();
}

export function readSignAnswer(answer: Bytes, from: number): bigint | undefined {
  const bytes = readMessage(answer, from, (reader) => {
    const kind = reader.u8('the kind of answer');
    if (kind > 1) malformed(from, 'kind of answer');
    return kind === 0 ? undefined : reader.bytes(ed25519.scalarBytes, 'the share');
  });
  if (bytes === undefined) return undefined;
  try {
    return ed25519.decodeScalar(bytes);
  } catch (error) {
    if (error instanceof RangeError) malformed(from, 'a share that is no scalar');
    throw error;
  }
}
