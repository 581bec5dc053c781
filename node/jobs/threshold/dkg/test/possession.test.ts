import { describe, expect, it } from 'vitest';
import { createPooledRandom } from '../../../../crypto/random.ts';
import { type GroupName, groups, randomScalar } from '../../groups/index.ts';
import { provePossession, verifyPossession } from '../possession.ts';

const random = createPooledRandom();

describe.each(Object.keys(groups) as GroupName[])('a proof of possession in %s', (name) => {
  const group = groups[name];
  const secret = randomScalar(group, random);
  const statement = { dealer: 2, element: group.baseMultiply(secret), context: random.bytes(32) };
  const proof = provePossession(group, statement, secret, random);

  it('is accepted, and never the same twice', () => {
    expect(verifyPossession(group, statement, proof)).toBe(true);
    expect(provePossession(group, statement, secret, random)).not.toEqual(proof);
  });

  it('is none for another dealer, element or session', () => {
    expect(verifyPossession(group, { ...statement, dealer: 3 }, proof)).toBe(false);
    const element = group.baseMultiply(randomScalar(group, random));
    expect(verifyPossession(group, { ...statement, element }, proof)).toBe(false);
    expect(verifyPossession(group, { ...statement, context: random.bytes(32) }, proof)).toBe(false);
  });

  it('is none without the secret, in another length or with scalars that are not canonical', () => {
    const guessed = provePossession(group, statement, randomScalar(group, random), random);
    const { scalarBytes } = group;
    const wrong = [guessed, proof.subarray(1), new Uint8Array(0), new Uint8Array(2 * scalarBytes)];
    wrong.push(
      Uint8Array.from(proof).fill(0xff, 0, scalarBytes),
      Uint8Array.from(proof).fill(0xff, scalarBytes),
    );
    for (const one of wrong) expect(verifyPossession(group, statement, one)).toBe(false);
  });
});
