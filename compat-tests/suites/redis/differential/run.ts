/**
 * The same random commands to two servers, answers compared, and now and then all keys. After a difference both are flushed
 * and the run goes on, so one run shows many differences; each is shown with the commands before it that named its keys.
 */
import { aboutSecond, each, exact, type Rule, unordered, unorderedPairs } from './compare.ts';
import type { RawConnection, Words } from './connection.ts';
import { explainedDifferences } from './explained-differences.ts';
import type { CommandGrammar, Grammar } from './grammar.ts';
import { streamDetails } from './grammars/streams.ts';
import { isAggregate, type Reply, showReply } from './reply.ts';
import { RandomWords } from './words.ts';

export interface RunOptions {
  readonly seed: string;
  readonly commands: number;
  readonly grammars: readonly Grammar[];
}

export interface RunResult {
  /** Commands that were sent to each server, without those that compare the keys. */
  readonly commands: number;
  /** Names of commands that one of the servers does not know. */
  readonly missing: readonly string[];
  /** Reports of differences that nothing explains. */
  readonly differences: readonly string[];
  /** How often each explained difference was met. */
  readonly explained: ReadonlyMap<string, number>;
}

interface Step {
  readonly words: Words;
  readonly rule: Rule;
  /** Of EXEC: what it runs. */
  readonly queued?: readonly Step[];
}

const batchSize = 40;
const batchesPerPhase = 3;
const batchesPerProbe = 6;
const flushShare = 0.02;
const transactionShare = 0.03;
const historyShown = 15;
/** Of an answer, around the first difference. */
const shownChars = 400;
const differencesMax = 50;
const databases = 3;

export async function runDifferential(
  ours: RawConnection,
  theirs: RawConnection,
  options: RunOptions,
): Promise<RunResult> {
  return new Run(ours, theirs, options).all();
}

class Run {
  private readonly ours: RawConnection;
  private readonly theirs: RawConnection;
  private readonly options: RunOptions;
  private readonly random: RandomWords;
  private readonly differences: string[] = [];
  private readonly explained = new Map<string, number>();
  private history: Words[] = [];
  private done = 0;

  constructor(ours: RawConnection, theirs: RawConnection, options: RunOptions) {
    this.ours = ours;
    this.theirs = theirs;
    this.options = options;
    this.random = new RandomWords(options.seed);
  }

  async all(): Promise<RunResult> {
    const { grammars, missing, transactions } = await this.available();
    await this.reset();
    let phase: CommandGrammar[] = [];
    for (
      let batch = 0;
      this.done < this.options.commands && this.differences.length < differencesMax;
      batch++
    ) {
      if (batch % batchesPerPhase === 0) phase = this.choosePhase(grammars);
      await this.runBatch(this.makeBatch(phase, transactions));
      if (batch % batchesPerProbe === batchesPerProbe - 1) await this.probe();
    }
    return { commands: this.done, missing, differences: this.differences, explained: this.explained };
  }

  /** A few groups at a time, so that keys of a type come to hold something. */
  private choosePhase(grammars: readonly Grammar[]): CommandGrammar[] {
    return this.random
      .times(1, 3, () => this.random.pick(grammars))
      .flatMap(({ commands }) => commands.flatMap((one) => new Array<CommandGrammar>(one.weight).fill(one)));
  }

  private makeBatch(phase: readonly CommandGrammar[], transactions: boolean): Step[] {
    const { random } = this;
    const steps: Step[] = [];
    if (random.chance(flushShare)) steps.push({ words: ['flushall'], rule: exact });
    while (steps.length < batchSize) {
      if (transactions && random.chance(transactionShare)) steps.push(...this.makeTransaction(phase));
      else steps.push(this.makeStep(random.pick(phase)));
    }
    return steps;
  }

  private makeStep({ name, make, rule }: CommandGrammar): Step {
    const { random } = this;
    const words = name.split(' ');
    words[0] = random.option(words[0]!);
    return { words: [...words, ...make(random)], rule };
  }

  private makeTransaction(phase: readonly CommandGrammar[]): Step[] {
    const { random } = this;
    const inside = phase.filter(({ alone }) => !alone);
    const plain = (...words: string[]): Step => ({ words, rule: exact });
    const steps: Step[] = [];
    if (random.chance(0.3)) {
      steps.push(plain('watch', random.anyKey()));
      if (random.chance(0.5)) steps.push(this.makeStep(random.pick(inside)));
      if (random.chance(0.1)) steps.push(plain('unwatch'));
    }
    steps.push(plain('multi'));
    const queued = random.times(0, 5, () => this.makeStep(random.pick(inside)));
    for (const { words } of queued) steps.push({ words, rule: exact });
    if (random.chance(0.05)) steps.push(plain('nosuchcommand', 'word'));
    if (random.chance(0.15)) return [...steps, plain('discard')];
    return [...steps, { words: ['exec'], rule: each(queued.map(({ rule }) => rule)), queued }];
  }

  private async runBatch(steps: readonly Step[]): Promise<void> {
    const words = steps.map((step) => step.words);
    const [mine, other] = await Promise.all([
      answersOf(this.ours, 'ours', words),
      answersOf(this.theirs, 'theirs', words),
    ]);
    this.done += steps.length;
    for (const [i, step] of steps.entries()) {
      this.history.push(step.words);
      if (this.judge(step, mine[i]!, other[i]!)) continue;
      await this.reset();
      return;
    }
  }

  /** @returns false when the two states may differ from here on */
  private judge(step: Step, ours: Reply, theirs: Reply): boolean {
    if (step.queued !== undefined && isAggregate(ours) && isAggregate(theirs)) {
      if (ours.items.length === step.queued.length && theirs.items.length === step.queued.length) {
        return step.queued.every((queued, i) => this.judge(queued, ours.items[i]!, theirs.items[i]!));
      }
    }
    const [mine, other] = [step.rule(ours), step.rule(theirs)];
    const [left, right] = [showReply(mine), showReply(other)];
    if (left === right) return true;
    const known = explainedDifferences.find((one) => one.matches(step.words, mine, other));
    if (known !== undefined) {
      this.explained.set(known.what, (this.explained.get(known.what) ?? 0) + 1);
      return known.diverges !== true;
    }
    this.differences.push(this.report(step.words, left, right));
    return false;
  }

  private report(words: Words, ours: string, theirs: string): string {
    let same = 0;
    while (same < ours.length && ours[same] === theirs[same]) same++;
    const from = Math.max(0, same - shownChars / 2);
    const names = new Set(words.slice(1).filter((word) => /^(?:[a-z][0-4]|other)$/.test(word)));
    const before = this.history
      .slice(0, -1)
      .filter((one) => one.some((word) => names.has(word)) || /^(?:flush|swapdb|select)/i.test(one[0]!))
      .slice(-historyShown);
    return [
      `${show(words)}  (seed ${this.options.seed}, command ${this.history.length})`,
      `  ours:   ${ours.slice(from, from + shownChars)}`,
      `  theirs: ${theirs.slice(from, from + shownChars)}`,
      ...before.map((one) => `    after ${show(one)}`),
    ].join('\n');
  }

  /** Compares every key of the databases in use. */
  private async probe(): Promise<void> {
    for (let db = 0; db < databases; db++) {
      const select = ['select', String(db)];
      const keys = await this.theirs.run([select, ['keys', '*']]);
      const found = isAggregate(keys[1]!) ? keys[1].items.map((key) => String(key).slice(1)).sort() : [];
      const types = await this.theirs.run(found.map((key) => ['type', key]));
      const steps: Step[] = [
        { words: select, rule: exact },
        { words: ['keys', '*'], rule: unordered },
        ...found.flatMap((key, i) => probes(key, String(types[i]))),
      ];
      const before = this.history;
      await this.runBatch(steps);
      this.done -= steps.length;
      // Looking changes nothing, so it is no part of what came before.
      if (this.history.length > 0) this.history = before.slice(0, before.length - steps.length);
    }
    await Promise.all([this.ours.one('select', '0'), this.theirs.one('select', '0')]);
  }

  private async reset(): Promise<void> {
    this.history = [];
    const words = [['discard'], ['unwatch'], ['select', '0'], ['flushall']];
    await Promise.all([this.ours.run(words), this.theirs.run(words)]);
  }

  /** What both servers know. */
  private async available(): Promise<{ grammars: Grammar[]; missing: string[]; transactions: boolean }> {
    const firsts = new Set(this.options.grammars.flatMap(({ commands }) => commands.map(firstWord)));
    const names = [...firsts, 'multi'];
    const missing: string[] = [];
    for (const name of names) {
      const [mine, other] = await Promise.all([this.ours.one(name), this.theirs.one(name)]);
      if ([mine, other].some((reply) => String(reply).startsWith('-ERR unknown command'))) missing.push(name);
      await this.reset();
    }
    const grammars = this.options.grammars
      .map(({ name, commands }) => ({
        name,
        commands: commands.filter((one) => !missing.includes(firstWord(one))),
      }))
      .filter(({ commands }) => commands.length > 0);
    return { grammars, missing, transactions: !missing.includes('multi') };
  }
}

/** A server that ends has met a command that it must not. */
async function answersOf(connection: RawConnection, name: string, words: readonly Words[]): Promise<Reply[]> {
  try {
    return await connection.run(words);
  } catch (error) {
    throw new Error(`${name} gave no answer to one of:\n${words.map(show).join('\n')}`, { cause: error });
  }
}

const firstWord = ({ name }: CommandGrammar) => name.split(' ')[0]!;
const show = (words: Words) => words.map((word) => JSON.stringify(word).slice(0, 100)).join(' ');

/** All that a key holds. */
function probes(key: string, type: string): Step[] {
  const contents: Record<string, Step[]> = {
    '+string': [{ words: ['get', key], rule: exact }],
    '+list': [{ words: ['lrange', key, '0', '-1'], rule: exact }],
    '+set': [{ words: ['smembers', key], rule: unordered }],
    '+hash': [{ words: ['hgetall', key], rule: unorderedPairs }],
    '+zset': [{ words: ['zrange', key, '0', '-1', 'withscores'], rule: exact }],
    '+stream': [{ words: ['xinfo', 'stream', key, 'full'], rule: streamDetails }],
  };
  return [
    { words: ['type', key], rule: exact },
    { words: ['expiretime', key], rule: aboutSecond },
    ...(contents[type] ?? []),
  ];
}
