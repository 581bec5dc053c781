/** Places of computations: so many at once, others in their order, and nobody whose time is over. */
import { expect, test } from 'vitest';
import { Places } from '../places.ts';

const never = new AbortController().signal;

/** Work that begins at a place and ends when it is told to. */
function begin(places: Places, begun: string[], name: string, signal = never) {
  const end = Promise.withResolvers<void>();
  const done = places.with(signal, async () => {
    begun.push(name);
    await end.promise;
    return name;
  });
  return { done, end: () => end.resolve() };
}

test('others begin in their order when one ends, also when it fails', async () => {
  const places = new Places(2, 2);
  const begun: string[] = [];
  const [a, b] = [begin(places, begun, 'a'), begin(places, begun, 'b')];
  const [c, d] = [begin(places, begun, 'c'), begin(places, begun, 'd')];
  expect(begun).toEqual(['a', 'b']);
  await expect(places.with(never, async () => 'e')).rejects.toMatchObject({
    code: 'TooManyRequestsException',
  });
  b.end();
  expect(await b.done).toBe('b');
  await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
  a.end();
  c.end();
  d.end();
  expect(await Promise.all([a.done, c.done, d.done])).toEqual(['a', 'c', 'd']);
  const failing = places.with(never, () => Promise.reject(new Error('a fault')));
  await expect(failing).rejects.toThrow('a fault');
  expect(await Promise.all([1, 2, 3, 4].map((n) => places.with(never, async () => n)))).toEqual([1, 2, 3, 4]);
});

test('who has no more time never begins, and takes no place', async () => {
  const places = new Places(1, 2);
  const begun: string[] = [];
  const a = begin(places, begun, 'a');
  const over = new AbortController();
  const b = begin(places, begun, 'b', over.signal);
  const c = begin(places, begun, 'c');
  over.abort(new Error('over'));
  await expect(b.done).rejects.toThrow('over');
  await expect(begin(places, begun, 'd', over.signal).done).rejects.toThrow('over');
  a.end();
  c.end();
  expect(await Promise.all([a.done, c.done])).toEqual(['a', 'c']);
  expect(begun).toEqual(['a', 'c']);
});
