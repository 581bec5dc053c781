/** A custodian that speaks through its own channels and says something else at some messages of the level. */
import type { Connector } from '../../../../mpc/session/index.ts';

/** @param kind of the level's messages, see mpc/levels/three-party/kinds.ts */
export function changing(
  liar: number,
  kind: number,
  change: (body: Buffer) => Buffer,
): (custodian: number, own: Connector) => Connector {
  return (custodian, own) =>
    custodian !== liar
      ? own
      : {
          discard: () => own.discard(),
          async connect(membership, peer) {
            const channel = await own.connect(membership, peer);
            const send = channel.send.bind(channel);
            channel.send = (of, body) =>
              send(of, of === kind && body.length > 0 ? change(Buffer.from(body)) : body);
            return channel;
          },
        };
}

/** A custodian that stops at the first message of a kind: it is there, and says nothing more. */
export function holding(
  custodian: number,
  kind: number,
  stopped: () => void,
): (custodian: number, own: Connector) => Connector {
  return (index, own) =>
    index !== custodian
      ? own
      : {
          discard: () => own.discard(),
          async connect(membership, peer) {
            const channel = await own.connect(membership, peer);
            const send = channel.send.bind(channel);
            channel.send = (of, body) => {
              if (of !== kind) return send(of, body);
              stopped();
              return new Promise(() => undefined);
            };
            return channel;
          },
        };
}
