/** What a partition holds besides rows: static columns, and deletions of it all and of ranges of its rows. Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';
import type { ClusteringBound, Deletion, RangeTombstone } from '../engine/model.ts';
import { type ColumnState, columnFacts, columnStates } from './columns.ts';
import { keyPhrase } from './key.ts';
import { verifyLimits } from './limits.ts';
import { holdsPhrase } from './phrases.ts';
import type { HeadFacts } from './row.ts';
import type { TableFacts } from './table.ts';
import { nameText, secondsText, writeTimeText } from './texts.ts';
import { orRefused, validate } from './values.ts';

export interface HeadState {
  readonly statics: readonly ColumnState[];
  readonly deletion: Deletion | undefined;
  readonly tombstones: readonly RangeTombstone[];
}

const noStatics = { clustering: [], marker: undefined, deletion: undefined, columns: new Map() };

/** @param now seconds since 1970. @throws ProofRefused */
export function readHeadState(table: TableFacts, head: HeadFacts, now: number): HeadState {
  const { statics = noStatics, deletion, tombstones } = head;
  for (const { start, end } of tombstones) {
    checkBound(table, start);
    checkBound(table, end);
  }
  return { statics: columnStates(table.statics, statics, now), deletion, tombstones };
}

function checkBound({ clustering }: TableFacts, { prefix }: ClusteringBound): void {
  if (prefix.length > clustering.length) throw new ProofRefused('a range of rows has too many values');
  for (const [index, value] of prefix.entries()) {
    const { name, type } = clustering[index]!;
    orRefused(`a value of ${nameText(name)}`, () => validate(type, value));
  }
}

/** Behind what names the partition. */
export function headPhrase(state: HeadState | undefined): string {
  if (state === undefined) return 'holds nothing: no static columns, and no deletions that are remembered';
  const { statics, deletion, tombstones } = state;
  const phrases: string[] = [];
  if (statics.some(({ value }) => value !== undefined)) phrases.push(holdsPhrase(statics));
  if (deletion !== undefined) phrases.push(`was deleted at ${secondsText(deletion.localTime)}`);
  if (tombstones.length > 0)
    phrases.push(`has ${tombstones.length} deleted ${tombstones.length === 1 ? 'range' : 'ranges'} of rows`);
  return phrases.length === 0 ? 'holds nothing' : phrases.join(', ');
}

export function headFacts(table: TableFacts, state: HeadState | undefined): [string, string][] {
  if (state === undefined) return [];
  const { statics, deletion, tombstones } = state;
  const facts = statics.flatMap(columnFacts);
  if (deletion !== undefined) facts.push(['partition deleted', deletedText(deletion)]);
  for (const range of tombstones.slice(0, verifyLimits.rangesMax)) {
    const { start, end } = range;
    const from =
      start.prefix.length === 0
        ? 'from the first'
        : `${start.side === 'before' ? 'from' : 'behind'} ${keyPhrase(table.clustering, start.prefix)}`;
    const to =
      end.prefix.length === 0
        ? 'to the last'
        : `${end.side === 'after' ? 'up to' : 'before'} ${keyPhrase(table.clustering, end.prefix)}`;
    facts.push(['rows deleted', `${from} ${to}: ${deletedText(range.deletion)}`]);
  }
  return facts;
}

function deletedText({ timestamp, localTime }: Deletion): string {
  return `${secondsText(localTime)}, what was written up to ${writeTimeText(timestamp)}`;
}
