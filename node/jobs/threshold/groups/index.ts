/** The groups by name. */
import { ed25519, hashToRistretto255, ristretto255 } from './edwards.ts';
import type { Group, GroupName } from './group.ts';
import { p256Group, p384Group, p521Group, secp256k1Group } from './weierstrass.ts';

export { type Group, type GroupName, invert, modulo, randomScalar, type Term } from './group.ts';
export { ed25519, hashToRistretto255, p256Group, p384Group, p521Group, ristretto255, secp256k1Group };

export const groups: Readonly<Record<GroupName, Group>> = {
  ristretto255,
  ed25519,
  secp256k1: secp256k1Group,
  p256: p256Group,
  p384: p384Group,
  p521: p521Group,
};
