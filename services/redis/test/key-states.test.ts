/** Records that are folded a little at a time, while commands run, end up as the keys are. */
import { expect, test } from 'vitest';
import { KeyFolder } from '../process/key-folder.ts';
import { readKeyStates } from '../process/key-states.ts';
import { connect, openEngine, seededRandom } from './support/engine-harness.ts';
import { randomCommand } from './support/random-command.ts';

type Records = Map<string, string>;

function fold(folder: KeyFolder, records: Records, keysMax: number): number {
  const { states, left } = folder.take({ keysMax, bytesMax: 1e9 });
  for (const state of readKeyStates(states)) {
    const name = `${state.database} ${state.key}`;
    if (state.kind === 'gone') records.delete(name);
    else if (state.kind === 'value')
      records.set(name, `${state.expiresAt} ${state.value.toString('latin1')}`);
  }
  return left;
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('whatever comes, goes and moves meanwhile, seed %i', (seed) => {
  const random = seededRandom(seed);
  const engine = openEngine(true, seed);
  const { run } = connect(engine);
  const folder = new KeyFolder(engine);
  const records: Records = new Map();
  for (let turn = 0; turn < 2000; turn++) {
    run(...randomCommand(random));
    engine.effects.take();
    if (random() < 0.2) folder.beginRound();
    if (random() < 0.3) fold(folder, records, 1 + Math.floor(random() * 4));
  }
  folder.beginRound();
  while (fold(folder, records, 1000) > 0);
  const keys: Records = new Map();
  for (const db of engine.databases) {
    for (const part of db.keys.parts) {
      for (const [i, key] of part.keys.entries()) {
        keys.set(`${db.index} ${key}`, `${db.expires.get(key)} ${part.values[i]}`);
      }
    }
  }
  expect(keys.size).toBeGreaterThan(3);
  expect(records).toEqual(keys);
});
