import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createPooledRandom } from '../../../crypto/random.ts';
import { boxOverheadBytes, sealBox } from '../sealed-box.ts';
import { createNetwork } from './support/network.ts';

const random = createPooledRandom();
const { parties } = createNetwork([]);
const [first, second] = parties as [(typeof parties)[0], (typeof parties)[0]];
const plain = randomBytes(100);
const context = Buffer.from('what it is for');
const { sealingKey } = first.committee.members[0]!;

it('a box opens for its receiver, purpose and context alone', () => {
  const box = sealBox(sealingKey, 'test', context, plain, random);
  expect(box.length).toBe(plain.length + boxOverheadBytes);
  expect(Buffer.from(first.identity.openBox('test', context, box))).toEqual(plain);
  const refused = expect.objectContaining({ reason: 'malformed' });
  expect(() => second.identity.openBox('test', context, box)).toThrow(refused);
  expect(() => first.identity.openBox('other', context, box)).toThrow(refused);
  expect(() => first.identity.openBox('test', Buffer.from('else'), box)).toThrow(refused);
});

it('a box that was changed, cut, or made with a point of small order does not open', () => {
  const box = sealBox(sealingKey, 'test', context, plain, random);
  const refused = expect.objectContaining({ reason: 'malformed' });
  for (const at of [0, 31, 32, box.length - 1]) {
    const changed = Uint8Array.from(box);
    changed[at]! ^= 1;
    expect(() => first.identity.openBox('test', context, changed)).toThrow(refused);
  }
  expect(() => first.identity.openBox('test', context, box.subarray(0, 40))).toThrow(refused);
  const zero = Uint8Array.from(box).fill(0, 0, 32);
  expect(() => first.identity.openBox('test', context, zero)).toThrow(refused);
});
