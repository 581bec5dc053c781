/** A party that speaks through the session's own channels and says something else than it should, at one message. */
import type { Channel } from '../../channel.ts';
import type { Protocol } from '../../protocol.ts';
import type { Connector } from '../../session/connect.ts';
import type { Levels } from '../../session/levels.ts';
import type { SecureChannel } from '../../session/secure-channel.ts';

export interface Said {
  readonly kind: number;
  readonly body: Buffer;
}

/** @param earlier of the same party, to anybody. @returns what it says in place of the message */
export type Lie = (
  message: Said,
  earlier: readonly Said[],
  below: (count: number) => number,
) => readonly Said[];

/** Sees all that a party says, in its order, and says what it says. */
export type Speaker = (message: Said, number: number) => readonly Said[];

/** Levels whose protocol speaks through the speaker. */
export function speaking(levels: Levels, speaker: Speaker): Levels {
  let said = 0;
  const through = (channel: Channel): Channel => ({
    peer: channel.peer,
    receive: (kind, bytesMax) => channel.receive(kind, bytesMax),
    async send(kind, body) {
      const spoken = speaker({ kind, body: Buffer.from(body) }, said++);
      for (const each of spoken) await channel.send(each.kind, each.body);
    },
  });
  return new Map(
    [...levels].map(([name, level]) => {
      const protocol: Protocol = (setup) =>
        level.protocol({
          ...setup,
          channels: new Map([...setup.channels].map(([peer, channel]) => [peer, through(channel)])),
        });
      return [name, { ...level, protocol }];
    }),
  );
}

/** A connector whose channel gives messages of the session through the speaker. */
export function controlling(own: Connector, speaker: Speaker): Connector {
  let said = 0;
  return {
    discard: () => own.discard(),
    async connect(membership, peer) {
      const channel = await own.connect(membership, peer);
      const send: SecureChannel['sendControl'] = channel.sendControl.bind(channel);
      channel.sendControl = (kind, body) => {
        for (const each of speaker({ kind, body: Buffer.from(body) }, said++)) send(each.kind, each.body);
      };
      return channel;
    },
  };
}

/** Says one message otherwise, by its number, and all others as they are. */
export function lyingAt(at: number, lie: Lie, below: (count: number) => number): Speaker {
  const earlier: Said[] = [];
  let count = 0;
  return (message) => {
    const spoken = count++ === at ? lie(message, earlier, below) : [message];
    earlier.push(message);
    return spoken;
  };
}

const bodies =
  (change: (body: Buffer, below: (count: number) => number) => Buffer): Lie =>
  ({ kind, body }, _earlier, below) => [{ kind, body: change(Buffer.from(body), below) }];

const flip = (body: Buffer, bit: number): Buffer => {
  if (body.length > 0) body[bit >> 3]! ^= 1 << (bit & 7);
  return body;
};

export const lies: Readonly<Record<string, Lie>> = {
  'a bit flipped': bodies((body, below) => flip(body, below(8 * body.length))),
  'the first bit flipped': bodies((body) => flip(body, 0)),
  'the last bit flipped': bodies((body) => flip(body, 8 * body.length - 1)),
  zeros: bodies((body) => body.fill(0)),
  'something random': bodies((body, below) => body.map(() => below(256)) as Buffer),
  'a byte less': bodies((body) => body.subarray(0, Math.max(0, body.length - 1))),
  'a byte more': bodies((body) => Buffer.concat([body, Buffer.alloc(1)])),
  'another kind': ({ kind, body }) => [{ kind: kind ^ 1, body }],
  nothing: () => [],
  'the same twice': (message) => [message, message],
  'what it said before': (message, earlier) => [earlier.at(-1) ?? message],
  'what it said first of this kind': (message, earlier) => [
    earlier.find(({ kind }) => kind === message.kind) ?? message,
  ],
};
