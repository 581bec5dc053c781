/** Sessions in which one party says something else than it should, and what the others may make of it. */
import { MpcAbort } from '../../errors.ts';
import { controlling, type Lie, lyingAt, type Said, type Speaker, speaking } from './cheating-party.ts';
import { seededNumbers } from './malicious.ts';
import { type Changes, dealtLevels, type Ending, playSession, type Scene, wordOf } from './played-session.ts';

/** A session in which a party speaks through the speaker. */
export type Way = (scene: Scene, cheat: string, speaker: Speaker) => ReturnType<typeof playSession>;

export const inProtocol: Way = (scene, cheat, speaker) =>
  playSession(scene, { levels: (me) => (me === cheat ? speaking(dealtLevels, speaker) : dealtLevels) });

/** Messages of the session itself; each of its channels has a count of its own. */
export const inSession: Way = (scene, cheat, speaker) =>
  playSession(scene, speakingInSession(cheat, speaker));

export function speakingInSession(cheat: string, speaker: Speaker): Changes {
  return { connector: (me, _peer, own) => (me === cheat ? controlling(own, speaker) : own) };
}

export interface Lied {
  readonly what: string;
  /** What it should have been. */
  readonly message: Said;
  readonly endings: ReadonlyMap<string, Ending>;
}

/** Plays a session for each message that the lie changes. */
export async function* lieAtEach(
  scene: Scene,
  way: Way,
  cheat: string,
  [name, lie]: readonly [string, Lie],
): AsyncGenerator<Lied> {
  const said = await messagesOf(scene, way, cheat);
  for (const [at, message] of said.entries()) {
    const what = `${scene.level}: ${cheat} says, in the place of message ${at} of kind ${message.kind}, ${name}`;
    const spoken = lie(message, said.slice(0, at), seededNumbers(what));
    if (isSame(spoken, message)) continue;
    yield { what, message, endings: await way(scene, cheat, lyingAt(at, lie, seededNumbers(what))) };
  }
}

async function messagesOf(scene: Scene, way: Way, cheat: string): Promise<Said[]> {
  const said: Said[] = [];
  const endings = await way(scene, cheat, (message) => {
    said.push(message);
    return [message];
  });
  if (![...endings.values()].every((end) => wordOf(end) === 'outputs'))
    throw new Error('an honest session has no outputs');
  if (said.length < 5) throw new Error(`${cheat} says ${said.length} messages alone`);
  return said;
}

const isSame = (spoken: readonly Said[], message: Said): boolean =>
  spoken.length === 1 && spoken[0]!.kind === message.kind && spoken[0]!.body.equals(message.body);

/**
 * Outputs are right already where a session was played.
 * @throws when an honest party blames itself or another honest one. @returns how many honest parties ended without outputs
 */
export function honestAborts({ what, endings }: Lied, cheat: string): number {
  let aborts = 0;
  for (const [party, end] of endings) {
    if (party === cheat || !(end instanceof MpcAbort)) continue;
    aborts++;
    // Who ends, or has another id of the session, can be the other honest one; who is accused cannot.
    const isAccused = end.reason === 'cheating' || end.reason === 'malformed';
    const isWrong = isAccused ? end.party !== cheat && end.party !== undefined : end.party === party;
    if (isWrong || end.reason === 'internal')
      throw new Error(`${what}; ${party}: ${end.reason}, ${end.message}`);
  }
  return aborts;
}
