/**
 * Elements of stored hashes, sets and sorted sets, whole or in segments: read by the verifier itself (services/redis/engine/types).
 * Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import { StoredReader } from '@hypergate/table/verify';

export interface ElementFacts {
  /** Of a hash's field. */
  readonly value: Uint8Array | undefined;
  /** Of a hash's field, milliseconds since 1970; 0: does not expire. */
  readonly expiresAt: number;
  /** Of a member of a sorted set. */
  readonly score: number | undefined;
}

/** Types whose elements have names. */
export type NamedType = 'hash' | 'set' | 'sorted set';

export function hasNamedElements(type: string): type is NamedType {
  return type === 'hash' || type === 'set' || type === 'sorted set';
}

/**
 * @param content of a whole value or of a segment
 * @returns the element, undefined when it is not there, and how many there are
 * @throws ProofRefused
 */
export function findElement(
  type: NamedType,
  content: Uint8Array,
  element: Uint8Array,
): { readonly found: ElementFacts | undefined; readonly elements: number } {
  const reader = new StoredReader(content, `the ${type}`);
  const elements = reader.number();
  let found: ElementFacts | undefined;
  let position = -1;
  for (let i = 0; i < elements; i++) {
    const name = reader.bytes();
    const value = type === 'hash' ? reader.bytes() : undefined;
    const score = type === 'sorted set' ? reader.f64() : undefined;
    if (!sameBytes(name, element)) continue;
    if (found !== undefined) throw new ProofRefused(`the ${type} has an element twice`);
    found = { value, score, expiresAt: 0 };
    position = i;
  }
  if (type === 'hash') {
    for (let left = reader.number(); left > 0; left--) {
      const at = reader.number();
      const expiresAt = reader.f64();
      if (at === position && found !== undefined) found = { ...found, expiresAt };
    }
  }
  reader.end();
  return { found, elements };
}
