/**
 * Our own form of a reference string of one width, version 1:
 *   "HGSRS" ‖ version u8 = 1 ‖ N u32 big-endian ‖ [tau]G1 (74) ‖ [tau]G2 (585) ‖ N points of the Lagrange basis (74 each).
 * For N = 64: 5,405 bytes.
 */
import { type Curve, curveSizes } from '../../bls48581/index.ts';
import { kzgLimits } from '../../kzg/limits.ts';
import { SrsError } from '../errors.ts';
import type { Srs } from '../srs.ts';

const magic = new TextEncoder().encode('HGSRS');
const version = 1;
const headBytes = magic.length + 1 + 4;

export function encodeSrs(curve: Curve, srs: Srs): Uint8Array {
  if (srs.lagrange.length !== srs.width) throw new RangeError('the basis has another width');
  const parts = [
    curve.encodeG1(srs.tauG1),
    curve.encodeG2(srs.tauG2),
    ...srs.lagrange.map((point) => curve.encodeG1(point)),
  ];
  const bytes = new Uint8Array(headBytes + parts.reduce((sum, part) => sum + part.length, 0));
  bytes.set(magic);
  bytes[magic.length] = version;
  new DataView(bytes.buffer).setUint32(magic.length + 1, srs.width);
  let at = headBytes;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Points are checked one by one; that they belong together is `checkSrs`' business. @throws SrsError */
export function decodeSrs(curve: Curve, bytes: Uint8Array): Srs {
  if (bytes.length < headBytes || !magic.every((byte, index) => bytes[index] === byte)) {
    throw new SrsError('format', 'the bytes are not a reference string');
  }
  if (bytes[magic.length] !== version)
    throw new SrsError('format', 'the reference string has another version');
  const width = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length + 1);
  const isWidth = width >= kzgLimits.widthMin && width <= kzgLimits.widthMax && (width & (width - 1)) === 0;
  if (!isWidth) throw new SrsError('format', 'the width is not a power of two up to 1024');
  if (bytes.length !== headBytes + curveSizes.g2 + (width + 1) * curveSizes.g1) {
    throw new SrsError('format', 'the reference string has a wrong length');
  }
  let at = headBytes;
  const take = (length: number) => bytes.subarray(at, (at += length));
  const g1 = (name: string) => {
    const point = curve.decodeG1(take(curveSizes.g1));
    if (point === undefined || curve.isIdentity(point))
      throw new SrsError('points', `${name} is not a point of G1`);
    return point;
  };
  const tauG1 = g1('[tau]G1');
  const tauG2 = curve.decodeG2(take(curveSizes.g2));
  if (tauG2 === undefined) throw new SrsError('points', '[tau]G2 is not a point of G2');
  const lagrange = Array.from({ length: width }, (_, index) => g1(`point ${index} of the Lagrange basis`));
  return { width, tauG1, tauG2, lagrange };
}
