/**
 * Every frame of a session, of the handshake and of the channels, at every level: changed, left out, cut short, repeated or put
 * after the next one. Who should have got it ends with an abort; all others end with an abort or right outputs; since no party
 * left the protocol, none is called a cheat.
 */
import { describe, expect, test } from 'vitest';
import { MpcAbort } from '../errors.ts';
import type { SecurityLevel } from '../protocol.ts';
import { type FrameTamper, framedWire, handshakeFrames } from './support/framed-wire.ts';
import { seededNumbers } from './support/malicious.ts';
import { playSession, type Scene, sceneOf, wordOf } from './support/played-session.ts';

/** @param held frames of this direction that wait, from call to call. @returns what goes on */
type Change = (
  frame: Buffer,
  isHandshake: boolean,
  below: (count: number) => number,
) => Buffer[] | 'after the next';

const flipped = (frame: Buffer, byte: number, bit: number): Buffer[] => {
  const changed = Buffer.from(frame);
  changed[byte]! ^= 1 << bit;
  return [changed];
};

const changes: Readonly<Record<string, Change>> = {
  'a bit flipped': (frame, _isHandshake, below) => flipped(frame, below(frame.length), below(8)),
  'a bit of the end flipped': (frame, _isHandshake, below) => flipped(frame, frame.length - 1, below(8)),
  'a bit of the length flipped': (frame, isHandshake) => flipped(frame, isHandshake ? 1 : 3, 0),
  'left out': () => [],
  'cut short': (frame) => [frame.subarray(0, frame.length - 1)],
  repeated: (frame) => [frame, frame],
  'after the next': () => 'after the next',
};

interface Place {
  readonly pair: readonly [listener: string, dialer: string];
  readonly direction: 0 | 1;
  readonly number: number;
}

/** All frames of a session to which nothing happens. */
async function placesOf(scene: Scene): Promise<Place[]> {
  const places: Place[] = [];
  const endings = await playSession(scene, {
    between: (listener, dialer) =>
      framedWire((direction, number, frame) => {
        places.push({ pair: [listener, dialer], direction, number });
        return [frame];
      }),
  });
  expect([...endings.values()].map(wordOf)).toEqual(scene.parties.map(() => 'outputs'));
  return places;
}

function changing({ direction, number }: Place, change: Change, seed: string): FrameTamper {
  const handshakes = direction === 0 ? handshakeFrames.listener : handshakeFrames.dialer;
  let held: Buffer[] = [];
  return (way, at, frame) => {
    if (way !== direction) return [frame];
    if (at !== number) {
      const passed = [frame, ...held];
      held = [];
      return passed;
    }
    const passed = change(frame, number < handshakes, seededNumbers(seed));
    if (passed !== 'after the next') return passed;
    held = [frame];
    return [];
  };
}

const plausible = ['malformed', 'disconnected', 'timeout', 'peer-aborted', 'disagreement'];

const levels: readonly SecurityLevel[] = ['semi-honest', 'malicious', 'three-party'];

describe.each(levels)('%s', (level) => {
  test.each(Object.keys(changes))('every frame %s', async (name) => {
    const scene = sceneOf(level);
    const places = await placesOf(scene);
    expect(places.length).toBeGreaterThanOrEqual(20);
    for (const place of places) {
      const what = `${place.pair[1 - place.direction]} gets frame ${place.number} of ${place.pair[place.direction]} ${name}`;
      const endings = await playSession(scene, {
        between: (listener, dialer) =>
          listener === place.pair[0] && dialer === place.pair[1]
            ? framedWire(changing(place, changes[name]!, what))
            : framedWire((_direction, _number, frame) => [frame]),
      });
      const receiver = place.pair[1 - place.direction]!;
      for (const [party, end] of endings) {
        if (!(end instanceof MpcAbort)) continue;
        expect([what, party, end.reason], end.message).toEqual([what, party, expect.toBeOneOf(plausible)]);
        expect([what, party, end.party]).not.toEqual([what, party, party]);
      }
      // A record that comes again after the last one that counts is not read any more.
      if (name !== 'repeated') expect([what, endings.get(receiver)]).toEqual([what, expect.any(MpcAbort)]);
    }
  });
});
