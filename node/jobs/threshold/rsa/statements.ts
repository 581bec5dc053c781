/** What custodians sign about shares of a key: always the digest of a generation of the key, each for a purpose. */
import type { MessageReader, MessageWriter } from '../codec.ts';
import { malformed } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { PartyIdentity } from '../party.ts';

export const statementPurposes = {
  /** The share that the dealer made was checked against the commitments, and is on the disk. */
  dealt: 'rsa.dealt',
  /** The share after a refresh is on the disk. */
  refreshed: 'rsa.refreshed',
  /** This is the generation in use. */
  current: 'rsa.current',
} as const;

const signatureBytesMax = 256;

/** By custodian: signatures. */
export type Statements = ReadonlyMap<number, Uint8Array>;

export function writeStatements(writer: MessageWriter, statements: Statements): MessageWriter {
  return writer.list([...statements], ([from, signature]) => void writer.u8(from).field(signature));
}

export function readStatements(reader: MessageReader): Statements {
  const entries = reader.list(thresholdLimits.custodiansMax, 'statements', () => {
    const from = reader.u8('who signed');
    return [from, reader.field(signatureBytesMax, 'a signature')] as const;
  });
  return new Map(entries);
}

/** @throws ThresholdAbort `malformed` unless so many custodians signed the digest */
export function requireStatements(
  identity: Pick<PartyIdentity, 'verify'>,
  purpose: string,
  digest: Uint8Array,
  statements: Statements,
  count: number,
): void {
  const valid = [...statements].filter(([from, signature]) =>
    identity.verify(from, purpose, digest, signature),
  );
  if (valid.length < count) malformed(undefined, 'fewer custodians signed than have to');
}
