/** Correlated transfers from a dealer that both parties trust, in one process: for tests of what stands on them. */
import { createCipheriv, createHash } from 'node:crypto';
import type { CotReceiver, CotSender, SetupCotReceiver, SetupCotSender } from '../../ot/correlated.ts';

/** @returns setups of both sides, which meet by their session id */
export function dealtCot(seed: string): {
  readonly setupCotSender: SetupCotSender;
  readonly setupCotReceiver: SetupCotReceiver;
} {
  const deltas = new Map<string, PromiseWithResolvers<Buffer>>();
  const deltaOf = (id: string) => {
    const known = deltas.get(id) ?? Promise.withResolvers<Buffer>();
    deltas.set(id, known);
    return known;
  };
  const keysOf = (id: string) => {
    const key = createHash('sha256').update(`${seed} ${id}`).digest();
    const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
    return (count: number) => stream.update(Buffer.alloc(16 * count));
  };
  return {
    setupCotSender: async (_channel, { random, sessionId, delta }): Promise<CotSender> => {
      const id = Buffer.from(sessionId).toString('hex');
      const own = Buffer.from(delta ?? random(16));
      deltaOf(id).resolve(own);
      const keys = keysOf(id);
      return { delta: own, extend: async (count) => keys(count) };
    },
    setupCotReceiver: async (_channel, { sessionId }): Promise<CotReceiver> => {
      const id = Buffer.from(sessionId).toString('hex');
      const delta = await deltaOf(id).promise;
      const keys = keysOf(id);
      return {
        extend: async (choices) => {
          const blocks = keys(choices.length);
          for (let i = 0; i < blocks.length; i++) blocks[i]! ^= delta[i & 15]! & -choices[i >> 4]!;
          return blocks;
        },
      };
    },
  };
}
