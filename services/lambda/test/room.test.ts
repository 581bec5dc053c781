/** Limits of settings hold for those who make some at the same moment. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { retried } from '../store/change.ts';
import { type CodeSigningRow, codeSigningsOf, putCodeSigning } from '../store/code-signing.ts';
import { roomFor } from '../store/room.ts';
import {
  account,
  errorOf,
  openSettings,
  region,
  type SettingsWorld,
  startMs,
} from './support/settings-world.ts';

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettings();
});
afterAll(() => world.close());

const scope = { account, region };
const config = (id: string): CodeSigningRow => ({
  ...scope,
  id,
  description: '',
  publishers: [],
  untrusted: 'Warn',
  modifiedMs: startMs,
  tags: {},
  attached: 0,
});

const make = (id: string, max: number) =>
  retried(async () => {
    const room = await roomFor(world.context, scope, 'things', max, codeSigningsOf);
    await world.context.tables.transact([...room, putCodeSigning(world.context, config(id), 'absent')]);
    return {};
  });

const count = async () => {
  let found = 0;
  for await (const _ of codeSigningsOf(world.context, scope)) found++;
  return found;
};

test('of several who found the last places, as many get one as there are', async () => {
  const told = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => errorOf(make(id, 3))));
  expect(told.toSorted()).toEqual([
    'InvalidParameterValueException: An account has at most 3 things.',
    'InvalidParameterValueException: An account has at most 3 things.',
    'no error: {}',
    'no error: {}',
    'no error: {}',
  ]);
  expect(await count()).toBe(3);
});

test('where there is plenty of room, nothing but the thing itself is written', async () => {
  expect(await roomFor(world.context, scope, 'others', 10_000, codeSigningsOf)).toEqual([]);
  expect(await roomFor(world.context, scope, 'others', 200, codeSigningsOf)).toHaveLength(1);
});
