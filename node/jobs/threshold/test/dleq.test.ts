import { describe, expect, it } from 'vitest';
import { createPooledRandom } from '../../../crypto/random.ts';
import { type GroupName, groups, randomScalar } from '../groups/index.ts';
import { proveDleq, verifyDleq } from '../proofs/dleq.ts';

const random = createPooledRandom();
const context = Buffer.from('what it is for');

describe.each(Object.keys(groups) as GroupName[])('%s', (name) => {
  const group = groups[name];
  const secret = randomScalar(group, random);
  const element = group.baseMultiply(randomScalar(group, random));
  const statement = {
    element,
    publicKey: group.baseMultiply(secret),
    product: group.multiply(element, secret),
  };
  const proof = proveDleq(group, statement, secret, context, random);

  it('accepts an honest proof', () => {
    expect(verifyDleq(group, statement, proof, context)).toBe(true);
  });

  it('refuses every other statement, context and proof', () => {
    const other = group.baseMultiply(randomScalar(group, random));
    for (const part of ['element', 'publicKey', 'product'] as const) {
      expect(verifyDleq(group, { ...statement, [part]: other }, proof, context)).toBe(false);
    }
    expect(verifyDleq(group, statement, proof, Buffer.from('another'))).toBe(false);
    for (const at of [0, group.scalarBytes - 1, group.scalarBytes, 2 * group.scalarBytes - 1]) {
      const changed = Uint8Array.from(proof);
      changed[at]! ^= 1;
      expect(verifyDleq(group, statement, changed, context)).toBe(false);
    }
    expect(verifyDleq(group, statement, proof.subarray(1), context)).toBe(false);
    expect(verifyDleq(group, statement, new Uint8Array(proof.length), context)).toBe(false);
  });
});
