/** New shares of the same key, from the coordinator's side: see refresh-handlers.ts for the steps and what a crash between them leaves. */
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import { gather } from '../gather.ts';
import type { AskOptions, Custodians, KeyCommon } from '../party.ts';
import { among, askAll, Complaints, tooFewAnswers } from './ask-all.ts';
import { type RsaKey, rsaKeyOf } from './key.ts';
import { rsaLimits } from './limits.ts';
import { applyKind, checkKind, contributeKind, finishKind } from './refresh-handlers.ts';
import {
  type Contribution,
  decodeContributeReply,
  decodeRefresh,
  encodeContributeRequest,
  encodeFinish,
  encodeRefresh,
  peekRefresh,
  refreshedKey,
} from './refresh-messages.ts';
import { statementPurposes } from './statements.ts';

/**
 * Ends when n - t custodians have their new shares on their disks. An earlier refresh that was not finished is finished first: if it
 * was of this generation, its result is the answer.
 *
 * @throws ThresholdAbort
 */
export async function refreshRsaKey(
  custodians: Custodians,
  common: KeyCommon,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const key = rsaKeyOf(common);
  const options = signal === undefined ? {} : { signal };
  const complaints = new Complaints(custodians);
  const heeded = new Set<number>();
  let failure: ThresholdAbort | undefined;
  for (let tries = 0; tries < rsaLimits.retriesMax; tries += 1) {
    const { contributions, unfinished } = await collect(custodians, key, complaints, heeded, options);
    if (unfinished !== undefined) {
      // That of a cheater may not be possible to finish: each is listened to once.
      heeded.add(unfinished.from);
      try {
        await complete(custodians, unfinished.refresh, unfinished.target, options);
      } catch (error) {
        if (!(error instanceof ThresholdAbort)) throw error;
        failure = error;
        continue;
      }
      if (unfinished.next !== undefined) return unfinished.next.toCommon();
      continue;
    }
    const next = refreshedKey(key, contributions);
    const { handle, digest: base } = key;
    const refresh = encodeRefresh(key, { handle, base, target: next.digest, contributions });
    const { answers, failures } = await askAll(custodians, custodians.available(), (custodian) =>
      custodians.ask(custodian, checkKind, refresh, options),
    );
    const { threshold, members } = custodians.committee;
    failure = tooFewAnswers(failures, custodians);
    // Others contribute, as long as there are some nobody has complained about.
    if (complaints.take(failures) && unblamed(custodians, complaints).length > threshold) continue;
    if (answers.size < members.length - threshold) throw failure;
    await complete(custodians, refresh, next.digest, options);
    return next.toCommon();
  }
  throw failure ?? new ThresholdAbort('unavailable', undefined, 'a refresh was tried too often');
}

interface Unfinished {
  readonly from: number;
  readonly refresh: Uint8Array;
  readonly target: Uint8Array;
  /** What it makes, unless that is the generation at hand. */
  readonly next: RsaKey | undefined;
}

interface Collected {
  readonly contributions: readonly Contribution[];
  readonly unfinished?: Unfinished;
}

/** From t + 1 custodians, of those nobody complained about. */
async function collect(
  custodians: Custodians,
  key: RsaKey,
  complaints: Complaints,
  heeded: ReadonlySet<number>,
  options: AskOptions,
): Promise<Collected> {
  const request = encodeContributeRequest({ handle: key.handle, base: key.digest });
  const willing = among(custodians, () => unblamed(custodians, complaints));
  const replies = await gather(willing, key.threshold + 1, async (custodian) => {
    const answer = await custodians.ask(custodian, contributeKind, request, options);
    const reply = decodeContributeReply(key, custodian, answer);
    if ('contribution' in reply) return reply;
    if (heeded.has(custodian)) malformed(custodian, 'it has an unfinished refresh again');
    return { unfinished: readUnfinished(key, custodian, reply.unfinished) };
  });
  const contributions: Contribution[] = [];
  for (const reply of replies.values()) {
    if ('unfinished' in reply) return { contributions: [], unfinished: reply.unfinished };
    contributions.push(reply.contribution);
  }
  return { contributions };
}

/** @throws ThresholdAbort `malformed` unless it begins or ends with this generation */
function readUnfinished(key: RsaKey, from: number, refresh: Uint8Array): Unfinished {
  const { base, target } = peekRefresh(refresh);
  if (same(target, key)) return { from, refresh, target, next: undefined };
  if (!same(base, key)) malformed(from, 'a refresh of another generation');
  const next = refreshedKey(key, decodeRefresh(key, refresh).contributions);
  if (!same(target, next)) malformed(from, 'a refresh that makes another key than it says');
  return { from, refresh, target, next };
}

function unblamed(custodians: Custodians, complaints: Complaints): number[] {
  return custodians.available().filter((index) => !complaints.isBlamed(index));
}

async function complete(
  custodians: Custodians,
  refresh: Uint8Array,
  target: Uint8Array,
  options: AskOptions,
): Promise<void> {
  const { members, threshold } = custodians.committee;
  const { answers, failures } = await askAll(custodians, custodians.available(), async (custodian) => {
    const signature = await custodians.ask(custodian, applyKind, refresh, options);
    if (!custodians.verify(custodian, statementPurposes.refreshed, target, signature))
      cheater(custodian, 'it did not sign that it has its new share');
    return signature;
  });
  if (answers.size < members.length - threshold) throw tooFewAnswers(failures, custodians);
  const message = encodeFinish({ refresh, statements: answers });
  // Who cannot take it, as its value was wrong, lacks a share from now on: see recover.ts.
  await askAll(
    custodians,
    members.map(({ index }) => index),
    (custodian) => custodians.deliver(custodian, finishKind, message),
  );
}

function same(digest: Uint8Array, { digest: of }: RsaKey): boolean {
  return Buffer.compare(digest, of) === 0;
}
