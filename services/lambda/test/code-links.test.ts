import { expect, test } from 'vitest';
import { CodeLinks } from '../gateway/code-links.ts';
import type { PackageRef } from '../model/function-rows.ts';

const ref = { sha256: 'a'.repeat(44), bytes: 12 } as unknown as PackageRef;

test('a link has one form, and no other character does', () => {
  const clock = { now: () => 1000 };
  const links = new CodeLinks({
    clock: clock as never,
    random: { bytes: (count: number) => Buffer.alloc(count, 7) } as never,
  });
  const path = links.pathOf(ref);
  expect(links.read(path)).toEqual(ref);
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (let at = path.lastIndexOf('/') + 1; at < path.length; at += 1)
    for (const other of characters) {
      if (other === path[at]) continue;
      const forged = `${path.slice(0, at)}${other}${path.slice(at + 1)}`;
      if (links.read(forged) !== undefined) throw new Error(`${forged} is taken for ${path}`);
    }
  clock.now = () => 1000 + 10 * 60_000;
  expect(links.read(path)).toBeUndefined();
});
