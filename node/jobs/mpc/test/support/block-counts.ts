/**
 * How often each block of our code ran, as V8 counts it: both ways of a branch, bodies of loops, functions. Two runs that differ in secrets
 * alone must have the same counts: what differs is control flow that depends on a secret.
 *
 * Not seen: a branch inside of the runtime or of a library; memory that is read at a secret place; and in which order blocks ran, so
 * that a branch which goes each way as often whatever the secret is, such as once for each of two positions, stays hidden.
 */
import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/** Counts by place in the file's text, of files by URL. */
export type BlockCounts = ReadonlyMap<string, readonly Profiler.FunctionCoverage[]>;

/** Flags of a process that counts: calls that compilers take into their callers would not be counted. */
export const countingFlags = ['--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode'] as const;

/** Counts while it is open. */
export class BlockCounter {
  readonly #session = new Session();
  readonly #isCounted: (url: string) => boolean;

  private constructor(isCounted: (url: string) => boolean) {
    this.#isCounted = isCounted;
    this.#session.connect();
  }

  static async open(isCounted: (url: string) => boolean): Promise<BlockCounter> {
    const counter = new BlockCounter(isCounted);
    await counter.#session.post('Profiler.enable');
    await counter.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return counter;
  }

  async of(work: () => unknown): Promise<BlockCounts> {
    await this.#session.post('Profiler.takePreciseCoverage');
    await work();
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return new Map(
      result.filter(({ url }) => this.#isCounted(url)).map(({ url, functions }) => [url, functions]),
    );
  }

  async close(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

export interface Comparison {
  /** `file:line`, in each line once, and the counts of the runs there. */
  readonly differences: readonly string[];
  /** Files of which something ran. */
  readonly files: readonly string[];
  /** Functions that ran. */
  readonly functions: number;
}

/** @param runs of the same work with other secrets. @param nameOf a file by its URL */
export function compareCounts(runs: readonly BlockCounts[], nameOf: (url: string) => string): Comparison {
  const urls = [...new Set(runs.flatMap((run) => [...run.keys()]))].sort();
  const differences: string[] = [];
  const files: string[] = [];
  let functions = 0;
  for (const url of urls) {
    const text = readFileSync(fileURLToPath(url), 'utf8');
    const all = runs.map((run) => run.get(url) ?? []);
    const ran = all[0]!.filter(({ ranges }) => ranges[0]!.count > 0);
    // One of them is the module itself.
    if (ran.length > 0) files.push(nameOf(url));
    functions += ran.length;
    const known = all.flat().map(({ ranges }) => ranges[0]!);
    differences.push(
      ...linesThatDiffer(
        text,
        all.map((each) => painted(text, known, each)),
      ).map((line) => `${nameOf(url)}:${line}`),
    );
  }
  return { differences, files, functions };
}

/** By character, how often the innermost block around it ran. @param known all functions of the file, of which some did not run */
function painted(
  { length }: string,
  known: readonly Profiler.CoverageRange[],
  functions: readonly Profiler.FunctionCoverage[],
): Int32Array {
  const counts = new Int32Array(length);
  const blocks = functions.flatMap(({ ranges }) => ranges);
  const seen = new Set(blocks.map(({ startOffset, endOffset }) => `${startOffset} ${endOffset}`));
  const missing = known
    .filter(({ startOffset, endOffset }) => !seen.has(`${startOffset} ${endOffset}`))
    .map((range) => ({ ...range, count: 0 }));
  const outerFirst = [...blocks, ...missing].sort(
    (a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset,
  );
  for (const { startOffset, endOffset, count } of outerFirst) counts.fill(count, startOffset, endOffset);
  return counts;
}

function linesThatDiffer(text: string, runs: readonly Int32Array[]): string[] {
  const [first, ...others] = runs as [Int32Array, ...Int32Array[]];
  const lines = new Map<number, string>();
  let line = 1;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\n') line++;
    else if (others.some((other) => other[at] !== first[at]) && !lines.has(line)) {
      lines.set(line, runs.map((run) => run[at]).join(', '));
    }
  }
  return [...lines].map(([number, counts]) => `${number} ran ${counts} times`);
}
