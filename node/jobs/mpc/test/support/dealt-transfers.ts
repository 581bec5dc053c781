/**
 * Correlated transfers whose base transfers are dealt: seeds of both sides follow from the session's id. The extension and its check
 * are the real ones. For tests that open many sessions and are not about base transfers, which take most of the time.
 */
import type { SetupCotReceiver, SetupCotSender } from '../../ot/correlated.ts';
import { deltaBits, extendingReceiver, extendingSender } from '../../ot/extension.ts';
import { seededRandom } from './seeded-random.ts';

function dealt(sessionId: Uint8Array): readonly [zeros: Buffer, ones: Buffer] {
  const random = seededRandom(`dealt ${Buffer.from(sessionId).toString('hex')}`);
  return [Buffer.from(random(16 * 128)), Buffer.from(random(16 * 128))];
}

export const dealtCotSender: SetupCotSender = async (channel, { random, sessionId, delta }) => {
  const own = Buffer.from(delta ?? random(16));
  const [zeros, ones] = dealt(sessionId);
  const bits = deltaBits(own);
  const keys = zeros.map((byte, i) => (bits[i >> 4] === 1 ? ones[i]! : byte));
  return extendingSender(channel, random, own, Buffer.from(keys));
};

export const dealtCotReceiver: SetupCotReceiver = async (channel, { random, sessionId }) => {
  return extendingReceiver(channel, random, ...dealt(sessionId));
};
