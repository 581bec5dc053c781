/**
 * One key looked at: custodians that lack a share get it, what an earlier refresh left is completed, and shares are made anew when they are
 * due. What custodians say of a call is only the occasion: what is done follows from what they sign that they have.
 *
 * A key that was erased does not come back: with those that erased it no share is put under its handle (custodian/store/key-shares.ts), and
 * when more than t have none it counts as erased here.
 */
import type { Bytes } from '../../../api/index.ts';
import { abortOf, askOptions } from '../dkg/attempts.ts';
import { sameKey } from '../dkg/key-statement.ts';
import { commonOf, type KeyState, readKeyStates } from '../dkg/states.ts';
import type { ThresholdAbort } from '../errors.ts';
import type { Custodians, KeyCommon } from '../party.ts';
import type { SchemeRow } from '../scheme.ts';

export interface MendModules {
  readonly custodians: Custodians;
  readonly row: (scheme: string) => SchemeRow | undefined;
  /** The key has another generation now. */
  readonly changed: (key: KeyCommon) => void;
  /** This custodian has its share again. */
  readonly recovered: (custodian: number, handle: Bytes) => void;
}

export interface Survey {
  readonly key: KeyCommon;
  /** Those that answer and have no share of this generation, or another one. */
  readonly lacking: readonly number[];
  /** An earlier refresh did not come to its end everywhere. */
  readonly isUnsettled: boolean;
}

/** @throws ThresholdAbort: `unknown-key` when t + 1 custodians have none; `unavailable` */
export async function surveyKey(
  custodians: Custodians,
  handle: Bytes,
  signal?: AbortSignal,
): Promise<Survey> {
  const failures: ThresholdAbort[] = [];
  const failed = (_: number, error: unknown) => void failures.push(abortOf(error));
  const states = await readKeyStates(custodians, custodians.available(), handle, failed, signal);
  const key = commonOf(custodians, states, failures);
  const isAhead = ({ active }: KeyState) => active !== undefined && active.key.generation > key.generation;
  const lacking = [...states].filter(
    ([, state]) => !isAhead(state) && (state.active === undefined || !sameKey(state.active.key, key)),
  );
  const isUnsettled = [...states.values()].some(
    (state) => isAhead(state) || state.pending !== undefined || state.previous !== undefined,
  );
  return { key, lacking: lacking.map(([index]) => index), isUnsettled };
}

/**
 * @param refresh whether new shares are due
 * @throws ThresholdAbort when something is left to be done; `unknown-key` when there is no such key
 */
export async function mendKey(
  modules: MendModules,
  handle: Bytes,
  refresh: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const { custodians, changed } = modules;
  const first = await surveyKey(custodians, handle, signal);
  const row = modules.row(first.key.scheme);
  // Another version of this program may have made it.
  if (row === undefined) return;
  if (!refresh && !first.isUnsettled) return recover(modules, row, first, signal);
  // Before the refresh, so that it finds as many as it can; whoever cannot be helped is done without.
  const failure = await recover(modules, row, first, signal).then(() => undefined, abortOf);
  changed(await row.refresh(custodians, first.key, signal));
  if (failure === undefined) return;
  await recover(modules, row, await surveyKey(custodians, handle, signal), signal);
}

/** @throws ThresholdAbort for the last that could not be helped */
async function recover(
  { custodians, recovered }: MendModules,
  row: SchemeRow,
  { key, lacking }: Survey,
  signal: AbortSignal | undefined,
): Promise<void> {
  let failure: ThresholdAbort | undefined;
  for (const custodian of lacking) {
    try {
      const answer = await custodians.ask(custodian, 'key.buried', key.handle, askOptions(signal));
      if (answer[0] === 1) continue;
      await row.recover(custodians, key, [custodian], signal);
      recovered(custodian, key.handle);
    } catch (error) {
      failure = abortOf(error);
    }
  }
  if (failure !== undefined) throw failure;
}
