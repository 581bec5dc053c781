/** What custodians sign about the pieces of a key, so that others take them over from a coordinator that nobody trusts. */
import type { MessageReader, MessageWriter } from '../codec.ts';
import type { Custodians, KeyCommon } from '../party.ts';
import { contextOf } from './compute.ts';
import { members } from './pieces.ts';

const signatureBytesMax = 128;

export interface Signature {
  readonly from: number;
  readonly signature: Uint8Array;
}

/**
 * `made`: the custodian took part in making the key, and holds pieces of these commitments in memory. `held`: it has such pieces on
 * its disk. Honest custodians hold one set of pieces in each generation of a key.
 */
export type Purpose = 'mac.made' | 'mac.held';

export function statementOf({ handle, scheme, generation, common }: KeyCommon): Buffer {
  return contextOf('pieces', handle, Buffer.from(`${scheme} ${generation}`), common);
}

export function writeSignatures(writer: MessageWriter, signatures: readonly Signature[]): void {
  writer.list(signatures, ({ from, signature }) => writer.u8(from).field(signature));
}

export function readSignatures(reader: MessageReader): Signature[] {
  return reader.list(members, 'signatures', () => ({
    from: reader.u8('custodian'),
    signature: reader.field(signatureBytesMax, 'signature'),
  }));
}

export function readSignature(reader: MessageReader): Uint8Array {
  return reader.field(signatureBytesMax, 'signature');
}

/** Different members whose signature of the statement holds. */
export function signersOf(
  by: Pick<Custodians, 'verify'>,
  purpose: string,
  statement: Uint8Array,
  signatures: readonly Signature[],
): number {
  const holding = signatures.filter(({ from, signature }) => by.verify(from, purpose, statement, signature));
  return new Set(holding.map(({ from }) => from)).size;
}
