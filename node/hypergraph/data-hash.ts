/** Hashes that the commitment tree will commit to: one per atom, bound to what kind of thing was hashed. */
import { createHash } from 'node:crypto';
import { Tag, type TaggedHash } from '../api/index.ts';
import { atomContent, context } from './format/v1.ts';

/** Tagged SHA-256 over a context and the parts behind it. */
export function hashData(of: Uint8Array, ...parts: readonly Uint8Array[]): TaggedHash {
  const hash = createHash('sha256').update(of);
  for (const part of parts) hash.update(part);
  return Buffer.concat([Buffer.of(Tag.sha256), hash.digest()]);
}

/** Of a stored atom: its kind, chunks, members and payload, without revision and incarnation. */
export function atomDataHash(value: Uint8Array): TaggedHash {
  return hashData(context.atomData, value.subarray(1, 2), atomContent(value));
}

/** Of a stored domain: its state and configuration, without the revision. */
export function domainDataHash(value: Uint8Array): TaggedHash {
  return hashData(context.domainData, value.subarray(1, 2), value.subarray(10));
}

/** Of a stored lease: term, duration, holder and resource, without the revision. */
export function leaseDataHash(value: Uint8Array): TaggedHash {
  return hashData(context.leaseData, value.subarray(9));
}
