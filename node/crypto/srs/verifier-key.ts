/** What a verifier carries of a reference string: small enough for a constant in a browser. */
import { bytesToHex, hexToBytes } from '@noble/curves/utils.js';
import { type Curve, curveSizes } from '../bls48581/index.ts';
import { SrsError } from './errors.ts';
import { type Srs, srsHash, srsHashOf } from './srs.ts';

/** Points compressed, in hex. */
export interface VerifierKey {
  readonly width: number;
  /** `srsHash`, 32 bytes in hex. */
  readonly srsHash: string;
  readonly tauG1: string;
  readonly tauG2: string;
}

export function verifierKeyOf(curve: Curve, srs: Srs): VerifierKey {
  return {
    width: srs.width,
    srsHash: bytesToHex(srsHash(curve, srs)),
    tauG1: bytesToHex(curve.encodeG1(srs.tauG1)),
    tauG2: bytesToHex(curve.encodeG2(srs.tauG2)),
  };
}

/** The points, after the hash was compared. @throws SrsError */
export function openVerifierKey(curve: Curve, key: VerifierKey): Pick<Srs, 'width' | 'tauG1' | 'tauG2'> {
  const encoded = { tauG1: read(key.tauG1, curveSizes.g1), tauG2: read(key.tauG2, curveSizes.g2) };
  if (bytesToHex(srsHashOf(key.width, encoded)) !== key.srsHash) {
    throw new SrsError('check', 'the verifier key does not have the hash that it names');
  }
  const tauG1 = curve.decodeG1(encoded.tauG1);
  const tauG2 = curve.decodeG2(encoded.tauG2);
  if (tauG1 === undefined || curve.isIdentity(tauG1) || tauG2 === undefined) {
    throw new SrsError('points', 'the verifier key holds no valid points');
  }
  return { width: key.width, tauG1, tauG2 };
}

function read(hex: string, bytes: number): Uint8Array {
  if (!/^[0-9a-f]*$/.test(hex) || hex.length !== 2 * bytes) {
    throw new SrsError('format', 'the verifier key holds something else than hex of the right length');
  }
  return hexToBytes(hex);
}
