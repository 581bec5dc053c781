/** Levels in which something fails inside of a party. */
import type { Levels } from '@hypergate/node/jobs/mpc/session';

/** The same levels, but for an error at message `at` that the party sends; of later ones there are none. */
export function failingAt(levels: Levels, at: number): Levels {
  let sent = 0;
  return new Map(
    [...levels].map(([name, level]) => [
      name,
      {
        ...level,
        protocol: (setup: Parameters<typeof level.protocol>[0]) =>
          level.protocol({
            ...setup,
            channels: new Map(
              [...setup.channels].map(([peer, channel]) => [
                peer,
                {
                  peer,
                  receive: (kind: number, bytesMax: number) => channel.receive(kind, bytesMax),
                  async send(kind: number, body: Uint8Array) {
                    if (sent++ === at) throw new TypeError('a planned failure');
                    await channel.send(kind, body);
                  },
                },
              ]),
            ),
          }),
      },
    ]),
  );
}
