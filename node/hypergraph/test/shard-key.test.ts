import { describe, expect, test } from 'vitest';
import { referenceL1, shardL1 } from '../shard-key.ts';
import vectors from './golden/shard-keys.json' with { type: 'json' };

describe('the global trees of a shard', () => {
  test.each(vectors)('reference: $name', ({ app, l1 }) => {
    expect(Buffer.from(referenceL1(Buffer.from(app, 'hex'))).toString('hex')).toBe(l1);
  });

  test.each(vectors.filter(({ l1 }) => l1 !== '000000'))('ours is the same: $name', ({ app, l1 }) => {
    expect(Buffer.from(shardL1(Buffer.from(app, 'hex'))).toString('hex')).toBe(l1);
  });

  test('ours has no exception', () => {
    expect(shardL1(Buffer.alloc(32, 0xff))).not.toEqual([0, 0, 0]);
    expect(new Set(shardL1(Buffer.alloc(32))).size).toBe(3);
  });
});
