/** New pieces of the same key: see handlers/refresh.ts. A refresh that does not come to its end changes nothing. */
import { readMessage } from '../../codec.ts';
import { ThresholdAbort } from '../../errors.ts';
import { thresholdLimits } from '../../limits.ts';
import type { Custodians, KeyCommon } from '../../party.ts';
import {
  certifiedCommitments,
  type Deal,
  type Prepared,
  readDeal,
  readPrepared,
  writeDeals,
  writeHead,
} from '../handlers/refresh.ts';
import { checkMacCommittee, encodeCommon, members } from '../pieces.ts';
import { macSchemeOf } from '../schemes.ts';
import { deliverAll } from './deliver.ts';

const everybody = Array.from({ length: members }, (_, at) => at + 1);

/** @returns the key's new public part. @throws ThresholdAbort: the old one holds then */
export async function refreshMac(
  custodians: Custodians,
  key: KeyCommon,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  checkMacCommittee(custodians.committee);
  const { threshold } = custodians.committee;
  const failures: ThresholdAbort[] = [];
  const deals = await askDeals(custodians, key);
  for (const chosen of pairsOf(deals).slice(0, thresholdLimits.attemptsMax)) {
    signal?.throwIfAborted();
    try {
      const prepared = await prepare(custodians, key, chosen);
      const certified = certifiedCommitments(custodians, custodians.committee, key, key, prepared);
      const kept = await deliverAll(everybody, (to) =>
        custodians.deliver(to, 'mac.refresh-keep', writeDeals(key, chosen, to, prepared)),
      );
      if (kept.size < members - threshold)
        throw new ThresholdAbort('unavailable', undefined, 'too few custodians keep new pieces');
      const generation = key.generation + 1;
      const drop = writeHead({ handle: key.handle, generation }).done();
      await deliverAll(everybody, (to) => custodians.deliver(to, 'mac.refresh-drop', drop));
      return { ...key, generation, common: encodeCommon(macSchemeOf(key.scheme), certified) };
    } catch (error) {
      if (!(error instanceof ThresholdAbort)) throw error;
      failures.push(error);
    }
  }
  throw new ThresholdAbort('unavailable', undefined, 'the pieces could not be made anew', {
    cause: failures.at(-1),
  });
}

/** Of all that answer: a few more than are needed, as some may be wrong. */
async function askDeals(custodians: Custodians, key: KeyCommon): Promise<Deal[]> {
  const deals: Deal[] = [];
  await deliverAll(custodians.available(), async (dealer) => {
    const reply = await custodians.ask(dealer, 'mac.refresh-deal', writeHead(key).done());
    deals.push(readMessage(reply, dealer, readDeal(dealer)));
  });
  return deals.sort((a, b) => a.dealer - b.dealer);
}

/** Each t + 1 = 2 of them. */
function pairsOf(deals: readonly Deal[]): [Deal, Deal][] {
  return deals.flatMap((first, at) => deals.slice(at + 1).map((second): [Deal, Deal] => [first, second]));
}

/**
 * What members sign for. One that finds a dealer cheating says so as an error; when t + 1 do, the dealer is accused.
 * @throws ThresholdAbort `unavailable` for fewer than n - t
 */
async function prepare(
  custodians: Custodians,
  key: KeyCommon,
  deals: readonly [Deal, Deal],
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  const blamed = new Map<number, number>();
  const asked = custodians.available();
  await deliverAll(asked, async (member) => {
    try {
      const body = writeDeals(key, deals, member);
      const reply = await custodians.ask(member, 'mac.refresh-prepare', body);
      prepared.push(readMessage(reply, member, readPrepared(member)));
    } catch (error) {
      if (error instanceof ThresholdAbort && error.reason === 'cheater' && error.custodian !== undefined)
        blamed.set(error.custodian, (blamed.get(error.custodian) ?? 0) + 1);
      throw error;
    }
  });
  const { threshold } = custodians.committee;
  for (const [dealer, by] of blamed) {
    const dealt = deals.some((deal) => deal.dealer === dealer);
    if (dealt && by > threshold) custodians.accuse(dealer, 'it dealt a seed that it did not commit to');
  }
  if (prepared.length < members - threshold)
    throw new ThresholdAbort('unavailable', undefined, 'too few custodians prepare new pieces');
  return prepared;
}
