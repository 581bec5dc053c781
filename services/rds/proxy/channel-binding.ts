/** `tls-server-end-point`: the hash of the server's certificate, which both ends of a TLS connection know (RFC 5929, section 4). */
import { createHash, X509Certificate } from 'node:crypto';

/** By the hash that the certificate's signature uses; what is weaker than SHA-256 gives way to it. */
const hashes: readonly (readonly [signature: RegExp, hash: string])[] = [
  [/^(?:md5|sha1|ecdsa-with-sha1)/i, 'sha256'],
  [/sha-?(?:256)/i, 'sha256'],
  [/sha-?(?:384)/i, 'sha384'],
  [/sha-?(?:512)/i, 'sha512'],
];

/** @returns undefined for signatures without a hash of their own: channels are not bound then */
export function serverEndPoint(certificate: string): Buffer | undefined {
  const { raw, signatureAlgorithm } = new X509Certificate(certificate);
  const hash = hashes.find(([signature]) => signature.test(signatureAlgorithm ?? ''))?.[1];
  return hash === undefined ? undefined : createHash(hash).update(raw).digest();
}
