/** Parties that do not sign what all have computed: nobody else gets an output, and who withholds it is not waited for forever. */
import { describe, expect, test } from 'vitest';
import type { SecurityLevel } from '../protocol.ts';
import { controlKind } from '../session/format/control.ts';
import type { Identity } from '../session/identity.ts';
import { speakingInSession } from './support/cheated-session.ts';
import { playSession, type Scene, sceneOf, wordOf } from './support/played-session.ts';
import { identityOf } from './support/session-parties.ts';

const statementHead = 'hypergate/mpc-computation/v1';

/** Signs handshakes as it should, and of statements others than it is given. */
function forging(name: string, change: (statement: Buffer) => void): Identity {
  const own = identityOf(name);
  return {
    publicKey: own.publicKey,
    sign(message) {
      const bytes = Buffer.from(message);
      if (bytes.subarray(0, statementHead.length).equals(Buffer.from(statementHead))) change(bytes);
      return own.sign(bytes);
    },
  };
}

const levels: readonly SecurityLevel[] = ['semi-honest', 'malicious', 'three-party'];
const roles = levels.flatMap((level) => sceneOf(level).parties.map((cheat) => [level, cheat] as const));

describe.each(roles)('%s, %s', (level, cheat) => {
  const scene = sceneOf(level);
  const others = scene.parties.filter((name) => name !== cheat);

  test.each([
    ['circuit', statementHead.length + 5],
    ['session', statementHead.length + 40],
    ['transcript', statementHead.length + 33 + 1 + 32 + 8 + 3],
  ])('signs a statement of another %s: it is called a cheat by all', async (_what, at) => {
    const endings = await playSession(scene, {
      identity: (me) =>
        me === cheat
          ? forging(me, (statement) => {
              statement[at]! ^= 1;
            })
          : identityOf(me),
    });
    expect(others.map((name) => wordOf(endings.get(name)!))).toEqual(others.map(() => `cheating ${cheat}`));
  });

  test('withholds its signature, and stays: the others end when the time of the job is over', async () => {
    const endings = await withholding(scene, cheat, () => true);
    const words = others.map((name) => wordOf(endings.get(name)!));
    expect(words).toContain('timeout undefined');
    // Who hears of that first says so.
    for (const word of words)
      expect(others.flatMap((name) => ['timeout undefined', `peer-aborted ${name}`])).toContain(word);
  });
});

/** @param from who gets no signature */
function withholding(scene: Scene, cheat: string, from: (signature: number) => boolean) {
  let signatures = 0;
  const speak = speakingInSession(cheat, (message) =>
    message.kind === controlKind.signature && from(signatures++) ? [] : [message],
  );
  return playSession(scene, { ...speak, stays: cheat });
}

test('who withholds its signature from one party alone keeps the output from that party alone', async () => {
  const endings = await withholding(sceneOf('three-party'), 'alice', (signature) => signature === 0);
  const words = ['bob', 'carol'].map((name) => wordOf(endings.get(name)!));
  expect(words.sort()).toEqual(['outputs', 'timeout undefined']);
});
