/** What an operator sees of the custodians of keys, and asks of them. */
import { type Custody, coordinatorLimits } from '@hypergate/node/jobs/threshold/coordinator';
import { countKeys } from '@hypergate/node/jobs/threshold/upkeep';
import type { Custodians } from '@hypergate/openapi/admin';

export interface CustodyOperator {
  status(): Promise<Custodians>;
  /** All keys get new shares now, one after the other. */
  refresh(): Promise<Custodians>;
  /** The operator looked at an accused custodian: it is asked again. Undefined when it is none, or not accused. */
  accept(index: number): Promise<Custodians | undefined>;
}

export interface OperatorModules {
  readonly custody: Custody;
  readonly pids: () => ReadonlyMap<number, number>;
  readonly refreshMs: number;
}

export function createCustodyOperator({ custody, pids, refreshMs }: OperatorModules): CustodyOperator {
  const status = async (): Promise<Custodians> => {
    const { threshold, epoch, custodians } = await custody.status();
    const facts = custody.members();
    const running = pids();
    const keys = await countKeys(custody.custodians, AbortSignal.timeout(coordinatorLimits.catchUpMs));
    return {
      epoch,
      threshold,
      custodians: custodians.map(({ index, state, reason }) => ({
        index,
        state,
        ...(reason === undefined ? {} : { reason }),
        latencyMs: facts.get(index)!.latencyMs,
        letters: facts.get(index)!.letters,
        ...(keys.has(index) ? { keys: keys.get(index)! } : {}),
        ...(running.has(index) ? { pid: running.get(index)! } : {}),
      })),
      refresh: refreshStatus(custody, refreshMs),
      ...replacementStatus(custody, keys),
    };
  };
  return {
    status,
    refresh() {
      custody.upkeep.refreshNow();
      return status();
    },
    async accept(index) {
      const { custodians } = await custody.status();
      if (custodians.find((one) => one.index === index)?.state !== 'accused') return undefined;
      custody.clearAccusation(index);
      return status();
    },
  };
}

/** What is left of it. */
function replacementStatus(
  custody: Custody,
  keys: ReadonlyMap<number, number>,
): Pick<Custodians, 'replacement'> {
  const { replacement, pass } = custody.upkeep.status();
  if (replacement === undefined) return {};
  const { custodians, stage } = replacement;
  const isOn = stage === 'under-way' || stage === 'incomplete';
  const done = isOn ? (pass?.keys ?? 0) : 0;
  const all = Math.max(0, ...keys.values());
  return {
    replacement: {
      custodians: [...custodians],
      stage: isOn ? 'refreshing' : stage === 'due' ? 'waiting' : 'lacking',
      keys: done,
      ...(keys.size === 0 ? {} : { keysLeft: Math.max(0, all - done) }),
    },
  };
}

function refreshStatus(custody: Custody, refreshMs: number): Custodians['refresh'] {
  const { pass, isAsked, noticed, recovered, refreshed, failed } = custody.upkeep.status();
  const isOn = pass !== undefined && pass.endedMs === undefined;
  return {
    periodSeconds: refreshMs / 1000,
    running: isAsked || (isOn && pass.isAsked),
    keys: pass?.keys ?? 0,
    failed: pass?.failed ?? 0,
    ...(pass === undefined || pass.lastEndedMs === 0
      ? {}
      : { lastEnded: new Date(pass.lastEndedMs).toISOString() }),
    sinceStart: { refreshed, recovered, failed },
    waiting: noticed,
  };
}
