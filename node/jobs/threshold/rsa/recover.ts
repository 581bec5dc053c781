/** Shares for custodians that lack them, from the coordinator's side: see recover-handlers.ts. */
import { cheater, ThresholdAbort } from '../errors.ts';
import type { AskOptions, Custodians, KeyCommon } from '../party.ts';
import { askAll, blamedBy, Complaints, type Failure } from './ask-all.ts';
import { type RsaKey, rsaKeyOf } from './key.ts';
import { rsaLimits } from './limits.ts';
import { maskedKind, maskKind, takeKind } from './recover-handlers.ts';
import {
  decodeMask,
  decodeMasked,
  encodeHead,
  encodeMaskedRequest,
  encodeRecovery,
  type RecoveryHead,
} from './recover-messages.ts';
import { statementPurposes } from './statements.ts';

/** Also while custodians that lack shares are away: theirs wait for them. @throws ThresholdAbort */
export async function recoverRsaShares(
  custodians: Custodians,
  common: KeyCommon,
  lacking: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  const key = rsaKeyOf(common);
  const options = signal === undefined ? {} : { signal };
  for (const one of lacking) await recoverShare(custodians, key, common, one, lacking, options);
}

async function recoverShare(
  custodians: Custodians,
  key: RsaKey,
  common: KeyCommon,
  lacking: number,
  allLacking: readonly number[],
  options: AskOptions,
): Promise<void> {
  const complaints = new Complaints(custodians);
  const out = new Set(allLacking);
  let last: ThresholdAbort | undefined;
  for (let tries = 0; tries < rsaLimits.retriesMax; tries += 1) {
    const willing = custodians.available().filter((index) => !out.has(index));
    const helpers = helpersAmong(willing, key.threshold + 1, complaints);
    if (helpers === undefined) break;
    const { handle, digest } = key;
    const head: RecoveryHead = { handle, digest, lacking, helpers };
    const failures = await attempt(custodians, key, common, head, options);
    if (failures.length === 0) return;
    complaints.take(failures);
    for (const failure of failures) {
      const { asked, error } = failure;
      const about = blamedBy(failure);
      last = error;
      if (asked === lacking) {
        // If what it says of another is not true, it harms itself alone.
        if (about === undefined) throw error;
        out.add(about);
      } else if (about === undefined || !helpers.includes(about)) {
        out.add(asked);
      }
      // Two of whom one blames the other do not help together any more.
    }
  }
  throw new ThresholdAbort('unavailable', undefined, 'too few custodians help to recover a share', {
    cause: last,
  });
}

/** @returns who failed; nothing when the share is where it belongs or waits for its custodian */
async function attempt(
  custodians: Custodians,
  key: RsaKey,
  common: KeyCommon,
  head: RecoveryHead,
  options: AskOptions,
): Promise<readonly Failure[]> {
  const { helpers, lacking } = head;
  const masks = await askAll(custodians, helpers, async (helper) =>
    decodeMask(key, helper, await custodians.ask(helper, maskKind, encodeHead(head), options)),
  );
  if (masks.failures.length > 0) return masks.failures;
  const ordered = helpers.map((helper) => masks.answers.get(helper)!);
  const request = encodeMaskedRequest(key, head, ordered);
  const masked = await askAll(custodians, helpers, async (helper) => {
    const answer = decodeMasked(key, helper, await custodians.ask(helper, maskedKind, request, options));
    if (!custodians.verify(helper, statementPurposes.current, key.digest, answer.signature))
      cheater(helper, 'it did not sign which generation is in use');
    return answer;
  });
  if (masked.failures.length > 0) return masked.failures;
  const recovery = encodeRecovery(key, {
    key: common,
    head,
    masks: ordered,
    masked: helpers.map((helper) => masked.answers.get(helper)!.sealed),
    statements: new Map(helpers.map((helper) => [helper, masked.answers.get(helper)!.signature])),
  });
  const taken = await askAll(custodians, [lacking], (one) =>
    custodians.ask(one, takeKind, recovery, options),
  );
  const away = taken.failures.some(
    (failure) => failure.error.reason === 'unavailable' && blamedBy(failure) === undefined,
  );
  if (away) await custodians.deliver(lacking, takeKind, recovery);
  return away ? [] : taken.failures;
}

/** The first set without two that are at odds: honest custodians never are. */
function helpersAmong(
  willing: readonly number[],
  count: number,
  complaints: Complaints,
): number[] | undefined {
  const sorted = [...willing].sort((left, right) => left - right);
  const extend = (chosen: readonly number[], from: number): number[] | undefined => {
    if (chosen.length === count) return [...chosen];
    for (let at = from; at < sorted.length; at += 1) {
      const next = sorted[at]!;
      if (chosen.some((one) => complaints.areAtOdds(one, next))) continue;
      const found = extend([...chosen, next], at + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return extend([], 0);
}
