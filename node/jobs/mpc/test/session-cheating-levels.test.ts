/**
 * The same at every message of the levels that promise something against it: through the session, so that what the channels and the
 * comparison of transcripts see is what the party says.
 */
import { describe, expect, test } from 'vitest';
import type { SecurityLevel } from '../protocol.ts';
import { honestAborts, inProtocol, lieAtEach } from './support/cheated-session.ts';
import { lies } from './support/cheating-party.ts';
import { sceneOf } from './support/played-session.ts';

const levels: readonly SecurityLevel[] = ['malicious', 'three-party'];
const roles = levels.flatMap((level) => sceneOf(level).parties.map((cheat) => [level, cheat] as const));

/** The tests of the levels, over memory, have more. */
const some = [
  'a bit flipped',
  'something random',
  'a byte less',
  'another kind',
  'nothing',
  'the same twice',
  'what it said before',
];

describe.each(roles)('%s, %s', (level, cheat) => {
  test.each(some)('%s', async (name) => {
    let noticed = 0;
    for await (const lied of lieAtEach(sceneOf(level), inProtocol, cheat, [name, lies[name]!])) {
      if (honestAborts(lied, cheat) > 0) noticed++;
    }
    // Not all are: a bit that fills up a byte, and one that is a guess at a bit of the other's and was right.
    expect(noticed).toBeGreaterThan(0);
  });
});
