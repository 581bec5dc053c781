/**
 * `npm run bench mpc`: writes perf/results/mpc.json unless told another file. Repetitions of what is compared take turns; of each the
 * median and the best are given. Figures are per core: processor time of all parties together, in one process that is kept on one core.
 * What else runs on the machine makes that longer too, so that a figure which only the best repetition reaches counts as reached, and says so.
 *
 * --only NAME,…   of garbling, transfers, levels, malicious, sessions, peer
 * --out FILE
 * --json          prints what the file would hold, and nothing else
 * --quick         fewer repetitions, a smaller circuit for the peer, no result file unless --out: under a minute
 */
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type ParsedArguments, parseArguments } from '../../lib/arguments.ts';
import { circumstances, writeResult } from '../../lib/results.ts';
import { garblingRows, type Part, transferRows } from './kernel-rows.ts';
import { compressionRows, maliciousRows } from './level-rows.ts';
import { canKeepOnOneCore } from './one-core.ts';
import { peerRows } from './peer-rows.ts';
import { sessionRows } from './session-rows.ts';
import { type MpcRow, tableOf, verdictOf } from './table.ts';

const parts: Readonly<Record<string, (quick: boolean) => Promise<Part>>> = {
  garbling: (quick) => garblingRows(quick ? 7 : 25),
  transfers: (quick) => transferRows(quick ? 3 : 9),
  levels: compressionRows,
  malicious: maliciousRows,
  sessions: sessionRows,
  peer: peerRows,
};

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { only: 'string', out: 'string', json: 'boolean', quick: 'boolean' });
  const asked = askedParts(parsed);
  const [quick, json] = [parsed.on('quick'), parsed.on('json')];
  const say = (text: string): void => {
    if (!json) console.log(text);
  };
  const loadBefore = loadavg();
  const onOneCore = canKeepOnOneCore();
  if (!onOneCore) say('without taskset the process is not kept on one core');
  const rows: MpcRow[] = [];
  const details: Record<string, object> = {};
  for (const name of asked) {
    const part = await parts[name]!(quick);
    rows.push(...part.rows);
    details[name] = part.details;
    say(`\n${tableOf(part.rows)}`);
  }
  const verdicts = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
  const result = { onOneCore, rows: verdicts, details, loadBefore, loadAfter: loadavg() };
  if (json) console.log(JSON.stringify({ ...circumstances(), ...result }, undefined, 2));
  const results = fileURLToPath(new URL('../results/mpc.json', import.meta.url));
  const isPart = quick || asked.length < Object.keys(parts).length;
  const out = parsed.text('out', isPart ? '' : results);
  if (out !== '') writeResult(out, result);
  const figures = verdicts.filter(({ reach }) => reach !== undefined);
  const missed = figures.filter(({ verdict }) => verdict === 'missed');
  if (figures.length > 0) {
    say(`\nfigures\n${tableOf(figures)}`);
    say(`\n${missed.length === 0 ? 'all is reached' : `not reached: ${missed.length}`}`);
  }
  return 0;
}

function askedParts(parsed: ParsedArguments): string[] {
  const known = Object.keys(parts);
  const names = parsed.text('only', known.join()).split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only knows ${known.join(', ')}; not ${unknown}`);
  return known.filter((name) => names.includes(name));
}
