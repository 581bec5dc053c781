/** Keys that are scalars of a group, shared by a polynomial: what all custodians have alike, and what each has for itself. */
import type { KeyScheme } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Group, GroupName } from '../groups/index.ts';
import { groups } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon, KeyShare } from '../party.ts';

const version = 1;

export const fieldSchemes: Readonly<Partial<Record<KeyScheme, GroupName>>> = {
  'dprf-ristretto255': 'ristretto255',
  'frost-ed25519': 'ed25519',
  'ecdsa-secp256k1': 'secp256k1',
  'ecdsa-p256': 'p256',
  'ecdsa-p384': 'p384',
  'ecdsa-p521': 'p521',
  'ecdh-p256': 'p256',
  'ecdh-p384': 'p384',
  'ecdh-p521': 'p521',
};

export interface FieldKey {
  readonly group: Group;
  /** Base times the secret. */
  readonly publicKey: Uint8Array;
  /** Base times the share of custodian i, at i - 1. */
  readonly verificationKeys: readonly Uint8Array[];
}

export function groupOf(scheme: string): Group {
  const name = fieldSchemes[scheme as KeyScheme];
  if (name === undefined) throw new RangeError(`${scheme} is no scheme of scalars`);
  return groups[name];
}

export function encodeFieldKey({ publicKey, verificationKeys }: Omit<FieldKey, 'group'>): Uint8Array {
  const writer = new MessageWriter().u8(version).field(publicKey);
  return writer.list(verificationKeys, (key) => void writer.field(key)).done();
}

const decoded = new WeakMap<object, FieldKey>();

/** Of a share or of what is common; read once for each object. @throws ThresholdAbort `malformed` */
export function fieldKeyOf(key: KeyShare | KeyCommon): FieldKey {
  const known = decoded.get(key);
  if (known !== undefined) return known;
  const group = groupOf(key.scheme);
  const read = readMessage(key.common, undefined, (reader) => {
    if (reader.u8('the version') !== version)
      throw new ThresholdAbort('malformed', undefined, 'unknown version of a key');
    const publicKey = reader.field(group.elementBytes, 'the public key');
    const verificationKeys = reader.list(thresholdLimits.custodiansMax, 'verification keys', () =>
      reader.field(group.elementBytes, 'a verification key'),
    );
    return { group, publicKey, verificationKeys };
  });
  if (![read.publicKey, ...read.verificationKeys].every((element) => group.isElement(element))) {
    throw new ThresholdAbort('malformed', undefined, 'a key that is no element');
  }
  decoded.set(key, read);
  return read;
}

const scalars = new WeakMap<object, bigint>();

/** A custodian's share. */
export function shareScalarOf(share: KeyShare): bigint {
  const known = scalars.get(share);
  if (known !== undefined) return known;
  const scalar = groupOf(share.scheme).decodeScalar(share.secret);
  scalars.set(share, scalar);
  return scalar;
}
