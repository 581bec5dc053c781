/** The verdict on a history: linearisable for every key, and of those who compete to create a key exactly one wins. */
import { byKey, describe, isWrite, type ObjectCall } from './history.ts';
import { checkLinearizable } from './linearizability.ts';
import { objectModel } from './object-model.ts';

export interface Judgement {
  readonly faults: readonly string[];
  readonly keys: number;
  readonly calls: number;
  readonly configurations: number;
  /** Keys that were only ever created under `If-None-Match: *`. */
  readonly races: number;
}

const stuckShown = 12;

export function judge(history: readonly ObjectCall[]): Judgement {
  const faults: string[] = [];
  let configurations = 0;
  let races = 0;
  const keys = byKey(history);
  for (const [key, calls] of keys) {
    const verdict = checkLinearizable(calls, objectModel);
    configurations += verdict.configurations;
    if (verdict.kind === 'undecided')
      faults.push(`undecided: ${key} after ${verdict.configurations} configurations`);
    if (verdict.kind === 'violation') {
      const stuck = verdict.stuck.slice(0, stuckShown).map((call) => `\n    ${describe(call)}`);
      faults.push(
        `not linearisable: ${key}, ${verdict.placed} of ${calls.length} calls placed, then ` +
          `${verdict.state ?? 'nothing'} stands there and none of these can follow:${stuck.join('')}`,
      );
    }
    const fault = raceFault(key, calls);
    if (fault !== undefined) faults.push(fault);
    if (fault !== undefined || isRace(calls)) races += 1;
  }
  return { faults, keys: keys.size, calls: history.length, configurations, races };
}

/** Only creators under `If-None-Match: *` and readers. */
function isRace(calls: readonly ObjectCall[]): boolean {
  const writes = calls.filter(({ action }) => isWrite(action) || action.kind === 'delete');
  return writes.length > 1 && writes.every(({ action }) => isWrite(action) && isCreation(action.condition));
}

function isCreation(condition: ObjectCall['action']['condition']): boolean {
  return condition !== undefined && 'ifNoneMatch' in condition && condition.ifNoneMatch === '*';
}

/** Said without the search, which proves the same: a second opinion on the claim that matters most. */
function raceFault(key: string, calls: readonly ObjectCall[]): string | undefined {
  if (!isRace(calls)) return undefined;
  const creators = calls.filter(({ action }) => isWrite(action));
  const winners = creators.filter(({ outcome }) => outcome.is === 'done');
  const doubtful = creators.some(({ outcome }) => outcome.is === 'unknown');
  if (winners.length === 1 || (winners.length === 0 && doubtful)) return undefined;
  return `${winners.length} winners of ${creators.length} creators: ${key}${winners.map((call) => `\n    ${describe(call)}`).join('')}`;
}
