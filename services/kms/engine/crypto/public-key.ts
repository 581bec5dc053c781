/**
 * Public keys as custodians give them (elements as their group encodes them, RSA already as SubjectPublicKeyInfo) and as KMS answers
 * with them: DER of SubjectPublicKeyInfo (RFC 5480, RFC 8410, RFC 8017 A.1).
 */
import { createPublicKey, ECDH } from 'node:crypto';
import { invalid } from '../errors.ts';
import { type KeySpec, rsaBits } from '../specs.ts';
import { bitString, objectIdentifier, readElement, sequence } from './der.ts';

interface Curve {
  /** Name in OpenSSL. */
  readonly openssl: string;
  /** `namedCurve` of node:crypto's key details. */
  readonly named: string;
  readonly oid: readonly number[];
  /** Of a coordinate, and of the order. */
  readonly bytes: number;
}

const curves: Readonly<Partial<Record<KeySpec, Curve>>> = {
  ECC_NIST_P256: {
    openssl: 'prime256v1',
    named: 'prime256v1',
    oid: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    bytes: 32,
  },
  ECC_NIST_P384: {
    openssl: 'secp384r1',
    named: 'secp384r1',
    oid: [0x2b, 0x81, 0x04, 0x00, 0x22],
    bytes: 48,
  },
  ECC_NIST_P521: {
    openssl: 'secp521r1',
    named: 'secp521r1',
    oid: [0x2b, 0x81, 0x04, 0x00, 0x23],
    bytes: 66,
  },
  ECC_SECG_P256K1: {
    openssl: 'secp256k1',
    named: 'secp256k1',
    oid: [0x2b, 0x81, 0x04, 0x00, 0x0a],
    bytes: 32,
  },
};

const ecPublicKey = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ed25519 = [0x2b, 0x65, 0x70];

/** Of a curve's order, for `r | s`. */
export const orderBytes = (spec: KeySpec): number | undefined => curves[spec]?.bytes;

/**
 * @param raw SEC1 point, compressed or not; 32 bytes of Ed25519; SubjectPublicKeyInfo of RSA
 * @throws RangeError when it is no public key of this spec
 */
export function subjectPublicKeyInfo(spec: KeySpec, raw: Uint8Array): Uint8Array {
  if (spec === 'ECC_NIST_EDWARDS25519') {
    if (raw.length !== 32) throw new RangeError('an Ed25519 public key has 32 bytes');
    return sequence(sequence(objectIdentifier(...ed25519)), bitString(raw));
  }
  const curve = curves[spec];
  if (curve !== undefined) {
    const algorithm = sequence(objectIdentifier(...ecPublicKey), objectIdentifier(...curve.oid));
    return sequence(algorithm, bitString(uncompressed(curve, raw)));
  }
  const bits = rsaBits(spec);
  const details = bits === undefined ? undefined : detailsOf(raw);
  if (details?.type !== 'rsa' || details.bits !== bits) throw new RangeError(`no public key of ${spec}`);
  return raw;
}

function uncompressed({ openssl }: Curve, point: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(ECDH.convertKey(point, openssl, undefined, undefined, 'uncompressed') as Buffer);
  } catch (cause) {
    throw new RangeError('no point of the curve', { cause });
  }
}

interface Details {
  readonly type: string | undefined;
  readonly curve: string | undefined;
  readonly bits: number | undefined;
  /** Uncompressed point of a curve. */
  readonly point: Uint8Array | undefined;
}

function detailsOf(der: Uint8Array): Details | undefined {
  // OpenSSL does not mind bytes after the key.
  if (readElement(der, 0)?.end !== der.length) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
    const jwk = key.asymmetricKeyType === 'ec' ? key.export({ format: 'jwk' }) : undefined;
    const point =
      jwk?.x === undefined || jwk.y === undefined
        ? undefined
        : Buffer.concat([Uint8Array.of(4), Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')]);
    return { type: key.asymmetricKeyType, curve: namedCurve, bits: modulusLength, point };
  } catch {
    // OpenSSL's words say nothing to a caller: the bytes are no public key.
    return undefined;
  }
}

/**
 * The other party's key of DeriveSharedSecret.
 * @returns uncompressed point, on the curve of the spec
 * @throws KmsError ValidationException
 */
export function peerPoint(spec: KeySpec, der: Uint8Array): Uint8Array {
  const details = detailsOf(der);
  if (details?.point === undefined || details.curve !== curves[spec]?.named)
    throw invalid('The public key is not a DER-encoded X.509 public key on the curve of the KMS key.');
  return new Uint8Array(details.point);
}
