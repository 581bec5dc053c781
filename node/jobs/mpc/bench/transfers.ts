/** Oblivious transfers, both sides in this process over a channel as between parties. */
import { randomBytes } from 'node:crypto';
import type { Channel } from '../channel.ts';
import { setupCotReceiver, setupCotSender } from '../ot/correlated.ts';
import { tcpChannelPair } from './channel-pair.ts';
import { type Cost, costOf } from './costs.ts';

export interface TransferBench {
  /** Base transfers, and all else that is done once. */
  setup(): Promise<Cost>;
  /** After a setup: correlated transfers with their check. @throws Error when one is wrong */
  extend(count: number): Promise<Cost>;
  close(): Promise<void>;
}

export async function openTransfers(): Promise<TransferBench> {
  const [left, right] = await tcpChannelPair();
  let open: Awaited<ReturnType<typeof setup>> | undefined;
  return {
    setup: () => costOf(async () => void (open = await setup(left, right))),
    async extend(count) {
      if (open === undefined) throw new Error('base transfers come first');
      const [sender, receiver] = open;
      const choices = randomBytes(count).map((byte) => byte & 1);
      let [keys, blocks]: Buffer[] = [];
      const cost = await costOf(async () => {
        [keys, blocks] = await Promise.all([sender.extend(count), receiver.extend(choices)]);
      });
      for (let index = 0; index < count; index += 997) {
        for (let byte = 0; byte < 16; byte++) {
          const difference = choices[index] === 1 ? sender.delta[byte]! : 0;
          if (blocks![16 * index + byte] !== (keys![16 * index + byte]! ^ difference)) {
            throw new Error('a transfer gave a wrong block');
          }
        }
      }
      return cost;
    },
    async close() {
      await Promise.all([left.close(), right.close()]);
    },
  };
}

function setup(left: Channel, right: Channel) {
  const options = { random: randomBytes, sessionId: randomBytes(32) };
  return Promise.all([setupCotSender(left, options), setupCotReceiver(right, options)]);
}
