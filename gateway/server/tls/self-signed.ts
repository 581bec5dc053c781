/**
 * A self-signed server certificate (RFC 5280) over ECDSA P-256 with SHA-256, made with node:crypto alone. It is no authority
 * (CA: false): OpenSSL in strict mode, Go and rustls all take such a certificate as its own trust anchor, while rustls refuses an
 * authority's certificate as a server's.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import {
  bitString,
  boolean,
  type Der,
  objectId,
  octetString,
  sequence,
  set,
  tagged,
  taggedBytes,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

export interface CertificateFiles {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

export interface SelfSignedOptions {
  /** DNS names and addresses of the subject alternative name. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
}

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

export function selfSigned(options: SelfSignedOptions): CertificateFiles {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(objectId(oid.ecdsaWithSha256));
  const name = sequence(
    nameItem(oid.organization, 'Hypergate'),
    nameItem(oid.commonName, 'Hypergate self-signed'),
  );
  const toBeSigned = sequence(
    tagged(0, unsignedInteger(Buffer.from([2]))),
    // A set first bit would cost a byte, a zero first byte would shorten it: neither may be.
    unsignedInteger(
      Buffer.concat([Buffer.from([0x40 | (options.serial[0]! & 0x3f)]), options.serial.subarray(1, 16)]),
    ),
    algorithm,
    name,
    sequence(time(options.notBefore), time(options.notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions(publicKey, options.names))),
  );
  const signature = sign('sha256', toBeSigned, { key: privateKey, dsaEncoding: 'der' });
  return {
    cert: pem('CERTIFICATE', sequence(toBeSigned, algorithm, bitString(signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function nameItem(type: string, value: string): Der {
  return set(sequence(objectId(type), utf8String(value)));
}

function extensions(publicKey: KeyObject, names: readonly string[]): Der[] {
  const keyId = publicKeyId(publicKey);
  return [
    extension(oid.basicConstraints, true, sequence()),
    // Bit 0, digitalSignature, alone: seven bits of the byte do not count.
    extension(oid.keyUsage, true, bitString(Buffer.from([0x80]), 7)),
    extension(oid.extendedKeyUsage, false, sequence(objectId(oid.serverAuth))),
    extension(oid.subjectKeyId, false, octetString(keyId)),
    extension(oid.authorityKeyId, false, sequence(taggedBytes(0, keyId))),
    extension(oid.alternativeName, false, sequence(...names.map(alternativeName))),
  ];
}

function extension(id: string, critical: boolean, value: Der): Der {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** RFC 5280 section 4.2.1.2 (1): SHA-1 of the key's bits; a name for the key, not a protection. */
function publicKeyId(publicKey: KeyObject): Buffer {
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return createHash('sha1').update(point).digest();
}

/** iPAddress [7] or dNSName [2]. */
function alternativeName(name: string): Der {
  if (isIPv4(name)) return taggedBytes(7, Buffer.from(name.split('.').map(Number)));
  if (isIPv6(name)) return taggedBytes(7, ipv6Bytes(name));
  return taggedBytes(2, Buffer.from(name, 'ascii'));
}

function ipv6Bytes(address: string): Buffer {
  // The URL parser gives the canonical form, in which an embedded IPv4 part has become groups.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const bytes = Buffer.alloc(16);
  const padding = new Array<number>(8 - left.length - right.length).fill(0);
  for (const [index, group] of [...left, ...padding, ...right].entries())
    bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
