/**
 * BLS48-581 in big integers: slow and readable, the oracle of the WebAssembly kernel's tests. Big integers take time that
 * depends on their values, so it is not for secrets that somebody could time.
 */
import type { Curve } from '../curve.ts';
import { generatorG1 } from './constants.ts';
import {
  checkScalar,
  chooseG1,
  compressG1,
  decodeG1,
  fixedBasesG1,
  fromG1,
  g1Group,
  multiplyRegularly,
  multiSumG1,
  projectiveG1,
  toG1,
} from './g1.ts';
import { chooseG2, decodeG2, encodeG2, g2Group, generatorG2, projectiveG2, toG2 } from './g2.ts';
import { hashToG1 } from './hash-to-g1.ts';
import { pairingProduct, pairingProductIsOne, prepareG2 } from './pairing.ts';

export function plainCurve(): Curve {
  const g2Start = g2Group.fromAffine(generatorG2);
  return {
    name: 'plain',
    g1: toG1(g1Group.fromAffine(generatorG1)),
    g2: toG2(g2Start),
    g1Identity: toG1(g1Group.identity),
    decodeG1,
    encodeG1: (point) => compressG1(fromG1(point)),
    decodeG2,
    encodeG2,
    isIdentity: (point) => fromG1(point) === undefined,
    addG1: (left, right) => toG1(g1Group.add(projectiveG1(left), projectiveG1(right))),
    negateG1: (point) => toG1(g1Group.negate(projectiveG1(point))),
    multiplyG1: (point, scalar) => toG1(g1Group.multiply(projectiveG1(point), checkScalar(scalar))),
    multiplyG1Secret: (point, scalar) =>
      toG1(multiplyRegularly(g1Group, chooseG1, projectiveG1(point), checkScalar(scalar))),
    multiSumG1,
    fixedBases: fixedBasesG1,
    addG2: (left, right) => toG2(g2Group.add(projectiveG2(left), projectiveG2(right))),
    negateG2: (point) => toG2(g2Group.negate(projectiveG2(point))),
    multiplyG2: (point, scalar) => toG2(g2Group.multiply(projectiveG2(point), checkScalar(scalar))),
    publicKey: (secret) => toG2(multiplyRegularly(g2Group, chooseG2, g2Start, checkScalar(secret))),
    prepareG2,
    pairingProductIsOne,
    pairingProduct,
    hashToG1,
  };
}
