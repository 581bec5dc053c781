/**
 * What parties do once all channels between them stand, before anything secret is sent: each gives a nonce to each, and all compare
 * what they make of them. A party that gives two others different nonces, or a channel of which the two ends are in different
 * sessions, shows here. The channels are bound to the agreement already; the id makes the session the only one of its kind, as
 * long as one party's nonce is fresh.
 */
import type { TaggedHash } from '../../../api/index.ts';
import type { RandomSource } from '../channel.ts';
import { controlKind } from './format/control.ts';
import { hashBytes, hashOf, u32 } from './format/hashes.ts';
import type { Links } from './links.ts';

/**
 * @param parties all names, in order
 * @returns the session's id, 32 bytes
 * @throws MpcAbort
 */
export async function meet(
  links: Links,
  parties: readonly string[],
  me: string,
  agreement: TaggedHash,
  random: RandomSource,
): Promise<Buffer> {
  const own = random(hashBytes);
  const nonces = await links.exchange(controlKind.nonce, hashBytes, () => own);
  const ordered = parties.map((name) => (name === me ? own : nonces.get(name)!));
  const sessionId = hashOf('session', agreement, ...ordered);
  await links.agree(controlKind.session, sessionId, 'id of the session');
  return sessionId;
}

/**
 * Begins a run when all want the same one.
 * @returns the run's id, 32 bytes
 * @throws MpcAbort `disagreement`
 */
export async function beginRun(
  links: Links,
  sessionId: Uint8Array,
  number: number,
  circuit: TaggedHash,
  context: Uint8Array = new Uint8Array(0),
): Promise<Buffer> {
  const runId = hashOf('run', sessionId, u32(number), circuit, context);
  await links.agree(controlKind.run, runId, 'circuit or context, or is at another run');
  return runId;
}
