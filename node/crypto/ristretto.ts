/** The group ristretto255 for the node: ristretto-portable.ts with encodings in a `Buffer`. */
import * as portable from './ristretto-portable.ts';

export {
  baseMultiply,
  decodeElement,
  decodeScalar,
  elementBytes,
  type GroupElement,
  groupOrder,
  hashToElement,
  scalarBytes,
  scalarFromWide,
} from './ristretto-portable.ts';

/** Little-endian, as in RFC 9496. */
export function encodeScalar(scalar: bigint): Buffer {
  return Buffer.from(portable.encodeScalar(scalar).buffer);
}

export function encodeElement(element: portable.GroupElement): Buffer {
  return Buffer.from(portable.encodeElement(element));
}
