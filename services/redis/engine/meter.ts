/**
 * Measures commands: calls, time and errors of each, slow ones, spikes. Reading the clock costs as much as 5 % of a GET, so
 * it is read at the end of a command alone: a command begins where the one before it ended or where the turn of the event
 * loop began (its time includes parsing it). Of commands that take a known short time, as GET and SET, a run of the same
 * one within a turn is measured as a whole and shared out evenly; a stall in it shows as a spike of `fast-command` but is
 * no entry of the slow log, as nobody knows whose it was. A `slowlog-log-slower-than` below a millisecond measures each.
 */
import type { Call } from './call.ts';
import type { CommandRow } from './command.ts';
import type { CommandTable } from './command-table.ts';
import type { Config } from './config.ts';
import type { RedisError } from './errors.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { LatencyMonitor } from './latency-monitor.ts';
import { redacted } from './redact.ts';
import { SlowLog, shortened } from './slow-log.ts';
import type { Stats } from './stats.ts';

/** Codes of errors that are counted one by one, as in redis-server; all further ones together. */
const errorCodesMax = 128;
/** What further codes are counted under. */
const furtherErrors = 'ERRORSTATS_OVERFLOW';
/** Commands measured together at most. */
const runMax = 16;
/** Below this, slow commands are wanted one by one. */
const sharedFromMs = 1;

export class CommandStatistics {
  calls = 0;
  milliseconds = 0;
  /** Refused before it ran: wrong number of words, no permission, no memory. */
  rejected = 0;
  /** Ended with an error. */
  failed = 0;
  latency: LatencyHistogram | undefined;
  /** Takes a known short time. */
  readonly brief: boolean;

  constructor(row: CommandRow) {
    // SET is not flagged as fast, as a large value before it must be freed; here that is the collector's work.
    this.brief = row.name === 'set' || row.flags.includes('fast');
  }
}

export class Meter {
  /** When the last command that was measured ended or the turn began: milliseconds of the precise clock. */
  private time = 0;
  readonly commands = new Map<CommandRow, CommandStatistics>();
  readonly errors = new Map<string, number>();
  readonly slowLog = new SlowLog();
  readonly latency = new LatencyMonitor();
  /** Milliseconds, whole and fractions, from any start. */
  readonly clock: () => number;
  private readonly table: CommandTable;
  private readonly config: Config;
  private readonly stats: Stats;
  private lastRow: CommandRow | undefined;
  private lastStatistics!: CommandStatistics;
  /** Commands of `lastRow` since `time` that are not measured yet, and the first of them. */
  private run = 0;
  private runCall: Call | undefined;
  private runArgs: readonly string[] | undefined;
  private tracksLatency = true;
  private slowFromMs = 0;
  /** Commands that take as long are looked at: slow, or a spike. */
  private notableFromMs = 0;

  constructor(table: CommandTable, config: Config, stats: Stats, clock = () => performance.now()) {
    this.table = table;
    this.config = config;
    this.stats = stats;
    this.clock = clock;
    config.onChange('slowlog-max-len', (value) => this.slowLog.limit(Number(value)));
    config.onChange('slowlog-log-slower-than', (value) => {
      this.slowFromMs = Number(value) < 0 ? Number.POSITIVE_INFINITY : Number(value) / 1000;
      this.setNotable();
    });
    config.onChange('latency-monitor-threshold', (value) => {
      this.latency.threshold = Number(value);
      this.setNotable();
    });
    config.onChange('latency-tracking', (value) => {
      this.tracksLatency = value === 'yes';
    });
  }

  /** A turn of the event loop begins. */
  beginTurn(): void {
    // The turn before was not ended: when its last commands did is not known.
    if (this.run > 0) this.account(0);
    this.time = this.clock();
  }

  /** Nothing more is run until the next turn begins. */
  endTurn(): void {
    if (this.run > 0) this.measure();
  }

  /** A command begins. @returns when, for `finished` */
  begin(row: CommandRow): number {
    if (this.run > 0 && row !== this.lastRow) this.measure();
    return this.time;
  }

  /** A command ended, well or not. */
  finished(call: Call, row: CommandRow, args: readonly string[], began: number): void {
    const blocked = call.blockRequest !== undefined;
    if (row === this.lastRow && this.lastStatistics.brief && !blocked && this.notableFromMs >= sharedFromMs) {
      // Only a run of one is looked at closer: the others' words need not be kept.
      if (++this.run === 1) {
        this.runCall = call;
        this.runArgs = args;
      } else if (this.run === runMax) this.measure();
      return;
    }
    if (this.run > 0) this.measure();
    else this.time = this.clock();
    if (blocked) return;
    this.add(row, 1, this.time - began);
    if (this.time - began >= this.notableFromMs) this.note(call, row, args, this.time - began);
  }

  failed(row: CommandRow): void {
    this.statisticsOf(row).failed++;
  }

  /** A command that waited for a key ended without one: its time was over, or CLIENT UNBLOCK ended it. */
  waitEnded(row: CommandRow, error?: string): void {
    const statistics = this.statisticsOf(row);
    this.stats.commandsProcessed++;
    statistics.calls++;
    if (error === undefined) return;
    statistics.failed++;
    this.countError(error);
  }

  /** A command was refused before it ran, or there is none of this name. */
  rejected(args: readonly string[], error: RedisError): void {
    const row = this.table.lookup(args[0]!, args[1]);
    if (row !== undefined) this.statisticsOf(row).rejected++;
    this.countError(error.message);
  }

  /** @param text with its code */
  countError(text: string): void {
    this.stats.errorReplies++;
    const space = text.indexOf(' ');
    const code = space < 0 ? text : text.slice(0, space);
    const known = this.errors.get(code);
    if (known !== undefined) this.errors.set(code, known + 1);
    else if (this.errors.size < errorCodesMax) this.errors.set(code, 1);
    else this.errors.set(furtherErrors, (this.errors.get(furtherErrors) ?? 0) + 1);
  }

  statisticsOf(row: CommandRow): CommandStatistics {
    if (row === this.lastRow) return this.lastStatistics;
    if (this.run > 0) this.measure();
    let found = this.commands.get(row);
    if (found === undefined) this.commands.set(row, (found = new CommandStatistics(row)));
    this.lastRow = row;
    this.lastStatistics = found;
    return found;
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.commands.clear();
    this.errors.clear();
    this.run = 0;
    this.lastRow = undefined;
  }

  /** Reads the clock for the run so far. */
  private measure(): void {
    const now = this.clock();
    const took = now - this.time;
    this.time = now;
    if (took >= this.notableFromMs) {
      if (this.run === 1) this.note(this.runCall!, this.lastRow!, this.runArgs!, took);
      else this.latency.add('fast-command', took, this.runCall!.now);
    }
    this.account(took);
  }

  /** @param took milliseconds of the whole run */
  private account(took: number): void {
    const count = this.run;
    this.run = 0;
    this.runCall = undefined;
    this.runArgs = undefined;
    this.add(this.lastRow!, count, took);
  }

  private add(row: CommandRow, count: number, took: number): void {
    const statistics = this.statisticsOf(row);
    this.stats.commandsProcessed += count;
    statistics.calls += count;
    statistics.milliseconds += took;
    if (this.tracksLatency) (statistics.latency ??= new LatencyHistogram()).record(took / count, count);
  }

  private setNotable(): void {
    const spike = this.latency.threshold === 0 ? Number.POSITIVE_INFINITY : this.latency.threshold;
    this.notableFromMs = Math.min(this.slowFromMs, spike);
  }

  private note(call: Call, row: CommandRow, args: readonly string[], took: number): void {
    this.latency.add(row.flags.includes('fast') ? 'fast-command' : 'command', took, call.now);
    if (took < this.slowFromMs || row.flags.includes('skip_slowlog')) return;
    const { client } = call;
    this.slowLog.add({
      at: Math.floor(call.now / 1000),
      microseconds: Math.floor(took * 1000),
      args: shortened(redacted(this.table.fullNames.get(row) ?? row.name, args, this.config)),
      address: client.port.address,
      clientName: client.name,
    });
  }
}
