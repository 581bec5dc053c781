/**
 * A party that says something else than it should inside of its authenticated channels, at every message of the session itself (nonces,
 * ids, transcripts, signatures): nobody else takes a wrong output, waits forever, or accuses anyone but that party.
 */
import { describe, expect, test } from 'vitest';
import type { SecurityLevel } from '../protocol.ts';
import { controlKind } from '../session/format/control.ts';
import { honestAborts, inSession, lieAtEach } from './support/cheated-session.ts';
import { lies, type Said } from './support/cheating-party.ts';
import { sceneOf } from './support/played-session.ts';

/** Nobody listens after the last message; of a row of transcripts, the place of who sends it is not read. */
const isUnheard = (lie: string, { kind }: Said): boolean =>
  lie === 'the same twice' || (lie.includes('bit') && kind === controlKind.links);

const levels: readonly SecurityLevel[] = ['semi-honest', 'malicious', 'three-party'];
const roles = levels.flatMap((level) => sceneOf(level).parties.map((cheat) => [level, cheat] as const));

describe.each(roles)('%s, %s', (level, cheat) => {
  test.each(Object.entries(lies))('%s', async (name, lie) => {
    for await (const lied of lieAtEach(sceneOf(level), inSession, cheat, [name, lie])) {
      const aborts = honestAborts(lied, cheat);
      if (!isUnheard(name, lied.message)) expect(aborts, lied.what).toBeGreaterThan(0);
    }
  });
});
