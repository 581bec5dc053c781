import { createCipheriv } from 'node:crypto';
import { expect, test } from 'vitest';
import { giveBack } from '../block/give-back.ts';
import { viewHalves } from '../block/words.ts';

test('what a cipher returned is empty afterwards, through every view of it', () => {
  const cipher = createCipheriv('aes-128-ecb', Buffer.alloc(16), null);
  const image = cipher.update(Buffer.alloc(64));
  const halves = viewHalves(image);
  giveBack(halves);
  expect([image.length, halves.length]).toEqual([0, 0]);
});

test('memory with more in it stays as it is', () => {
  const whole = Uint8Array.of(1, 2, 3, 4);
  giveBack(whole.subarray(1));
  const pooled = Buffer.from('pooled');
  giveBack(pooled);
  giveBack(new Uint8Array(new SharedArrayBuffer(4)));
  expect([...whole]).toEqual([1, 2, 3, 4]);
  expect(pooled.toString()).toBe('pooled');
});
