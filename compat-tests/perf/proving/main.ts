/**
 * `npm run bench proving`: writes perf/results/proving.json unless told another file. One core unless a row says otherwise;
 * frames are measured with the processor time of a process of their own.
 *
 * --only NAME,…     of curve, frames, proofs, documents, verenc, vdf
 * --records A,B     sizes of trees (10000,100000,1000000); proofs are those of the largest
 * --large           a tree of ten million records too: some minutes, 2 GB of memory
 * --threads N       that commit to branches in frames (1)
 * --leaf N          most entries of a fat leaf (262144)
 * --rounds N, --folder DIR (where trees are kept meanwhile), --out FILE
 * --json            prints what the file would hold, and nothing else
 * --quick           small trees, one round, no result file unless --out: under a minute
 */

import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FrameFigures } from '@hypergate/node/embedded/prover/bench';
import { type ParsedArguments, parseArguments } from '../../lib/arguments.ts';
import { circumstances, writeResult } from '../../lib/results.ts';
import { curveRows } from './curve-rows.ts';
import { vdfRows, verencRows } from './delay-rows.ts';
import { frameRows, growthTable, largeRows, runFrames } from './frame-rows.ts';
import { documentRows, proofRows } from './proof-rows.ts';
import { isReached, type Row, tableOf } from './rows.ts';

const parts = ['curve', 'frames', 'proofs', 'documents', 'verenc', 'vdf'] as const;
type Part = (typeof parts)[number];

const largeRecords = 10_000_000;
const defaultLeaf = 262_144;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    only: 'string',
    records: 'string',
    large: 'boolean',
    threads: 'string',
    leaf: 'string',
    rounds: 'string',
    folder: 'string',
    out: 'string',
    json: 'boolean',
    quick: 'boolean',
  });
  const asked = askedParts(parsed);
  const json = parsed.on('json');
  const say = (text: string): void => {
    if (!json) console.log(text);
  };
  const loadBefore = loadavg();
  const result = await measure(asked, parsed, say);
  const whole = { ...result, loadBefore, loadAfter: loadavg() };
  if (json) console.log(JSON.stringify({ ...circumstances(), ...whole }, undefined, 2));
  const results = fileURLToPath(new URL('../results/proving.json', import.meta.url));
  const isPart = parsed.on('quick') || asked.length < parts.length;
  const out = parsed.text('out', isPart ? '' : results);
  if (out !== '') writeResult(out, whole);
  const missed = result.rows.filter((row) => isReached(row) === false);
  say(`\n${missed.length === 0 ? 'all is reached' : `not reached: ${missed.length}`}`);
  return 0;
}

interface Result {
  readonly rows: readonly Row[];
  readonly growth: readonly FrameFigures[];
  readonly details: Record<string, object>;
}

async function measure(
  asked: readonly Part[],
  parsed: ParsedArguments,
  say: (text: string) => void,
): Promise<Result> {
  const quick = parsed.on('quick');
  const rounds = parsed.count('rounds', quick ? 1 : 3, 1);
  const rows: Row[] = [];
  const details: Record<string, object> = {};
  const take = (name: string, part: { readonly rows: readonly Row[]; readonly details: object }): void => {
    rows.push(...part.rows);
    details[name] = part.details;
    say(`\n${tableOf(part.rows)}`);
  };
  if (asked.includes('curve'))
    take('curve', await curveRows({ rounds: quick ? 5 : 31, tasks: quick ? 10 : 60 }));
  const growth: FrameFigures[] = [];
  if (asked.some((part) => part === 'frames' || part === 'proofs' || part === 'documents')) {
    const options = { rounds, parsed, withFrames: asked.includes('frames') };
    const sizes = await measureSizes(options, say);
    growth.push(...sizes);
    const proven = sizes.findLast(({ records }) => records < largeRecords) ?? sizes[0]!;
    if (options.withFrames) {
      const large = sizes.find(({ records }) => records === largeRecords);
      const frames = frameRows(proven, proven.records / 10);
      take('frames', {
        rows: large === undefined || large === proven ? frames : [...frames, ...largeRows(proven, large)],
        details: {},
      });
      say(`\nCPU by size\n${growthTable(sizes)}`);
    }
    if (asked.includes('proofs')) take('proofs', await proofRows(proven, quick ? 2 : 7));
    if (asked.includes('documents')) take('documents', await documentRows(proven));
  }
  if (asked.includes('verenc')) take('verenc', verencRows(quick ? 2 : 9));
  if (asked.includes('vdf')) take('vdf', vdfRows(2048));
  return { rows, growth: growth.map(withoutProofs), details };
}

async function measureSizes(
  { rounds, parsed, withFrames }: { rounds: number; parsed: ParsedArguments; withFrames: boolean },
  say: (text: string) => void,
): Promise<FrameFigures[]> {
  const quick = parsed.on('quick');
  const given = parsed.text('records', quick ? '10000,100000' : '10000,100000,1000000');
  const all = [...given.split(',').map(recordsOf), ...(parsed.on('large') ? [largeRecords] : [])];
  // Proofs alone need the largest only.
  const sizes = withFrames ? all : all.slice(-1);
  const folder = parsed.text('folder', '');
  const figures: FrameFigures[] = [];
  for (const records of sizes) {
    say(`frames over ${records.toLocaleString('en')} records …`);
    const shares = [1, records / 100, records / 10];
    // The number that a tree of a tenth the size had changed: what a level more costs.
    const changes = records === largeRecords ? [...shares.slice(0, 1), 100_000, records / 10] : shares;
    figures.push(
      await runFrames({
        records,
        payloadBytes: 1024,
        leafAtomsMax: parsed.count('leaf', defaultLeaf, 1),
        threads: parsed.count('threads', 1, 1),
        changes: withFrames ? changes : [],
        rounds: records === largeRecords ? 1 : rounds,
        proofs: quick ? 8 : 30,
        iterations: 4000,
        ...(folder === '' ? {} : { folder }),
      }),
    );
  }
  return figures;
}

function recordsOf(text: string): number {
  const records = Number(text);
  if (!Number.isSafeInteger(records) || records < 1000 || records % 1000 !== 0)
    throw new Error('--records are thousands of records, with commas between');
  return records;
}

function askedParts(parsed: ParsedArguments): Part[] {
  const names = parsed.text('only', parts.join()).split(',');
  const unknown = names.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only knows ${parts.join(', ')}; not ${unknown}`);
  return parts.filter((part) => names.includes(part));
}

function withoutProofs(figures: FrameFigures): FrameFigures {
  return { ...figures, proof: { ...figures.proof, proof: '', delayedProof: '' } };
}
