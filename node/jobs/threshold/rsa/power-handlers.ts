/** A custodian's part of a power: its partial, and when somebody cheated the proof that its partial is right. */
import type { Bytes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import type { Handler, HandlerRequest, Party } from '../party.ts';
import { partialPower } from './combine.ts';
import { toBytes, toInteger } from './integers.ts';
import type { RsaKey } from './key.ts';
import { proofBytes, provePartial } from './proof.ts';
import { requireSlot, type ShareSlot } from './stored-share.ts';

export const partialKind = 'rsa.partial';
export const proofKind = 'rsa.proof';
const digestBytes = 32;

/** The digest of the generation whose partials go together. */
export function encodePartialRequest(key: RsaKey): Bytes {
  return key.digest;
}

/**
 * In [2, N - 2]: what the other numbers give needs no key, and OpenSSL does not compute it.
 *
 * @throws RangeError
 */
export function numberOf({ modulus, modulusBytes }: RsaKey, value: Uint8Array): bigint {
  if (value.length !== modulusBytes) throw new RangeError('the value is not as long as the modulus');
  const x = toInteger(value);
  if (x >= modulus) throw new RangeError('the value is not below the modulus');
  return x;
}

export function hasTrivialPower({ modulus }: RsaKey, x: bigint): boolean {
  return x <= 1n || x === modulus - 1n;
}

/** What the task says, and nothing of the body but the generation. */
async function partialOf(
  party: Party,
  { task, body }: HandlerRequest,
): Promise<{ slot: ShareSlot; x: bigint; partial: bigint }> {
  if (task?.kind !== 'power') throw new ThresholdAbort('refused', undefined, 'the task is no power');
  const digest = readMessage(body, undefined, (reader) => reader.bytes(digestBytes, 'the generation'));
  const { slot } = await requireSlot(party, task.handle, digest);
  let x: bigint;
  try {
    x = numberOf(slot.key, task.value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ThresholdAbort('refused', undefined, error.message, { cause: error });
  }
  if (hasTrivialPower(slot.key, x)) malformed(undefined, 'a value whose power needs no key');
  return { slot, x, partial: partialPower(slot, x) };
}

async function answerPartial(party: Party, request: HandlerRequest): Promise<Bytes> {
  const { slot, partial } = await partialOf(party, request);
  return toBytes(partial, slot.key.modulusBytes);
}

async function answerProof(party: Party, request: HandlerRequest): Promise<Bytes> {
  const { slot, x, partial } = await partialOf(party, request);
  const proof = provePartial(slot, party.me, x, partial, party.random);
  return new MessageWriter().bytes(toBytes(partial, slot.key.modulusBytes)).bytes(proof).done();
}

/** @throws ThresholdAbort `malformed` */
export function decodePartial({ modulus, modulusBytes }: RsaKey, from: number, answer: Bytes): bigint {
  if (answer.length !== modulusBytes) malformed(from, 'a partial of another length');
  const partial = toInteger(answer);
  if (partial < 1n || partial >= modulus) malformed(from, 'a partial out of range');
  return partial;
}

/** @throws ThresholdAbort `malformed` */
export function decodeProvenPartial(
  key: RsaKey,
  from: number,
  answer: Bytes,
): { partial: bigint; proof: Uint8Array } {
  if (answer.length !== key.modulusBytes + proofBytes(key)) malformed(from, 'a proof of another length');
  const partial = decodePartial(key, from, answer.subarray(0, key.modulusBytes));
  return { partial, proof: answer.subarray(key.modulusBytes) };
}

export const powerHandlers: readonly Handler[] = [
  { kind: partialKind, access: 'task', bodyBytesMax: digestBytes, handle: answerPartial },
  { kind: proofKind, access: 'task', bodyBytesMax: digestBytes, handle: answerProof },
];
