/** Pieces for members that have none: each piece is with two others at least, and the commitments decide. */
import type { Bytes } from '../../../../api/index.ts';
import { readMessage } from '../../codec.ts';
import { ThresholdAbort } from '../../errors.ts';
import type { Custodians, KeyCommon } from '../../party.ts';
import { type HandOver, readHandOver } from '../handlers/hand-over.ts';
import { type Sealed, writeKeep } from '../handlers/keep.ts';
import { writeHead } from '../handlers/refresh.ts';
import { checkMacCommittee, members } from '../pieces.ts';
import { type Signature, signersOf, statementOf } from '../statements.ts';
import { deliverAll } from './deliver.ts';
import { accused } from './triples.ts';

/**
 * Resolves when they have their pieces, or the coordinator has them on its disk.
 *
 * @param from members that have the key, if that is known
 * @throws ThresholdAbort `unavailable` when too few hand over, or n - t members will not have the key
 */
export async function recoverMac(
  custodians: Custodians,
  key: KeyCommon,
  lacking: readonly number[],
  signal?: AbortSignal,
  from: ReadonlySet<number> = new Set(custodians.available()),
): Promise<void> {
  checkMacCommittee(custodians.committee);
  const helpers = [...from].filter((index) => !lacking.includes(index));
  const given = await deliverAll(lacking, async (to) => {
    signal?.throwIfAborted();
    const { signatures, sealed } = await askHelpers(custodians, key, to, helpers);
    await custodians.deliver(to, 'mac.keep', writeKeep({ purpose: 'mac.held', key, signatures, sealed }));
  });
  const { threshold } = custodians.committee;
  if (given.size < lacking.length && helpers.length + given.size < members - threshold)
    throw new ThresholdAbort('unavailable', undefined, 'too few custodians have pieces of the key');
}

interface Help {
  readonly signatures: readonly Signature[];
  readonly sealed: readonly Sealed[];
}

/** All of them, as any may be faulty. @throws ThresholdAbort `unavailable` when t or fewer help */
async function askHelpers(
  custodians: Custodians,
  key: KeyCommon,
  to: number,
  helpers: readonly number[],
): Promise<Help> {
  const handed = new Map<number, HandOver>();
  const body: Bytes = writeHead(key).u8(to).done();
  await deliverAll(helpers, async (helper) => {
    const reply = await custodians.ask(helper, 'mac.hand-over', body);
    const answer = readMessage(reply, helper, readHandOver);
    const signatures = [{ from: helper, signature: answer.signature }];
    const isSame = Buffer.compare(answer.common, key.common) === 0;
    if (isSame && signersOf(custodians, 'mac.held', statementOf(key), signatures) === 1)
      handed.set(helper, answer);
    else if (isSame) accused(custodians, helper, 'it did not sign for the pieces that it holds');
  });
  if (handed.size <= custodians.committee.threshold)
    throw new ThresholdAbort('unavailable', undefined, 'too few custodians have pieces of the key');
  return {
    signatures: [...handed].map(([from, { signature }]) => ({ from, signature })),
    sealed: [...handed].map(([from, { sealed }]) => ({ from, sealed })),
  };
}
