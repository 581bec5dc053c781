/** WAIT and WAITAOF through the whole service: the other that holds a write is the frame it is in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FinalityNotes } from '../store/finality-notes.ts';
import { openWorld, type World } from './support/service-harness.ts';

describe('batches and the frames that show them', () => {
  test('a batch is final once the frame that was next when it became durable is signed', () => {
    const notes = new FinalityNotes();
    notes.durable(1, 5);
    notes.durable(2, 5);
    notes.durable(3, 6);
    notes.durable(4, 8);
    expect(notes.signed(4)).toBeUndefined();
    expect(notes.signed(5)).toBe(2);
    expect(notes.signed(5)).toBeUndefined();
    expect(notes.signed(9)).toBe(4);
    notes.durable(5, undefined);
    expect(notes.signed(99)).toBeUndefined();
  });
});

describe('WAIT', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  test('without a frame nobody else holds the write, and after the next one does', async () => {
    const client = world.client();
    await client.set('a', '1');
    expect(await client.wait(1, 20)).toBe(0);
    const waited = client.wait(1, 0);
    // The engine waits: its answer to somebody else comes after it has read that.
    while (!/ flags=b .* cmd=wait /m.test(String(await world.client().client('LIST'))));
    world.prover.sign();
    expect(await waited).toBe(1);
    expect(await client.wait(1, 0)).toBe(1);
    expect(await client.call('WAITAOF', '1', '1', '0')).toEqual([1, 1]);
    await client.set('a', '2');
    expect(await client.wait(1, 20)).toBe(0);
    expect(await client.call('WAITAOF', '1', '0', '0')).toEqual([1, 0]);
    world.prover.sign();
    expect(await client.wait(1, 0)).toBe(1);
    expect(await client.wait(2, 20)).toBe(1);
  });
});
