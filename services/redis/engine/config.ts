/**
 * Parameters of CONFIG GET and CONFIG SET. Each is a row (engine/config-rows.ts); values are kept as the text CONFIG GET
 * shows, and what the engine reads often is kept parsed by whoever reads it, who follows `onChange`.
 */
import { RedisError } from './errors.ts';
import { globMatch } from './glob.ts';

export interface ConfigRow {
  readonly name: string;
  /** A second name, old or new, for the same value. */
  readonly alias?: string;
  readonly initial: string;
  /** Set when the process starts, and not after. */
  readonly immutable?: boolean;
  /**
   * As `immutable`, but CONFIG SET may repeat the value: what tools write back when they restore all parameters. It says why
   * another is refused.
   */
  readonly startOnly?: string;
  /** Refused over the network, as in a server with `enable-protected-configs no`. */
  readonly protected?: boolean;
  /** Not found by patterns. */
  readonly hidden?: boolean;
  /** Never repeated in logs. */
  readonly sensitive?: boolean;
  /** Accepted and kept because clients and tools set it, but there is nothing here that it could change. */
  readonly effect?: 'none';
  /**
   * The text as it is kept.
   * @param before the value so far
   * @throws RedisError why it is refused, without the prefix of CONFIG SET
   */
  readonly parse: (text: string, before: string) => string;
}

type Listener = (value: string) => void;

export class Config {
  private readonly rows = new Map<string, ConfigRow>();
  /** Name or alias, lower case, to the row's name. */
  private readonly byAnyName = new Map<string, string>();
  private readonly values = new Map<string, string>();
  private readonly listeners = new Map<string, Listener[]>();

  define(rows: readonly ConfigRow[]): void {
    for (const row of rows) {
      this.rows.set(row.name, row);
      this.values.set(row.name, row.initial);
      this.byAnyName.set(row.name, row.name);
      if (row.alias !== undefined) this.byAnyName.set(row.alias, row.name);
    }
  }

  /** By name or alias, in any case of letters. */
  row(name: string): ConfigRow | undefined {
    return this.rows.get(this.byAnyName.get(name.toLowerCase()) ?? '');
  }

  /** Without aliases. */
  names(): IterableIterator<string> {
    return this.rows.keys();
  }

  get(name: string): string {
    const value = this.values.get(name) ?? this.values.get(this.byAnyName.get(name) ?? '');
    if (value === undefined) throw new Error(`no parameter ${name}`);
    return value;
  }

  number(name: string): number {
    return Number(this.get(name));
  }

  flag(name: string): boolean {
    return this.get(name) === 'yes';
  }

  /** Called now and after each change. A RedisError thrown by it refuses the change. */
  onChange(name: string, listener: Listener): void {
    const list = this.listeners.get(name);
    if (list === undefined) this.listeners.set(name, [listener]);
    else list.push(listener);
    listener(this.get(name));
  }

  /** CONFIG GET: names, as asked for where they were asked for exactly, with their values. */
  match(patterns: readonly string[]): Map<string, string> {
    const found = new Map<string, string>();
    for (const pattern of patterns) {
      if (!/[[*?]/.test(pattern)) {
        const name = this.byAnyName.get(pattern.toLowerCase());
        if (name !== undefined) found.set(pattern, this.values.get(name)!);
        continue;
      }
      for (const [name, rowName] of this.byAnyName) {
        if (this.rows.get(rowName)!.hidden !== true && globMatch(pattern, name, true))
          found.set(name, this.values.get(rowName)!);
      }
    }
    return found;
  }

  /** When the process starts: options and arguments, also of what is immutable later. @throws RedisError */
  assign(name: string, text: string): void {
    const row = this.row(name);
    if (row === undefined) throw unknownParameter(name);
    this.values.set(row.name, row.parse(text, this.values.get(row.name)!));
    this.tell(row.name);
  }

  /** One parameter. @throws RedisError */
  set(name: string, text: string): void {
    this.setAll([name, text]);
  }

  /**
   * CONFIG SET: all or none. First every name is looked at, then every value, then who listens is told; whatever fails, the
   * values before are back.
   * @param words names and values in turn
   * @throws RedisError
   */
  setAll(words: readonly string[]): void {
    const chosen: ConfigRow[] = [];
    for (let i = 0; i < words.length; i += 2) {
      const name = words[i]!;
      const row = this.row(name);
      if (row === undefined) throw unknownParameter(name);
      if (row.immutable === true) throw refused(name, "can't set immutable config");
      if (row.protected === true) throw refused(name, "can't set protected config");
      if (chosen.includes(row)) throw refused(name, 'duplicate parameter');
      chosen.push(row);
    }
    const before = chosen.map((row) => this.values.get(row.name)!);
    let at = 0;
    let told = 0;
    try {
      for (; at < chosen.length; at++) {
        const row = chosen[at]!;
        const value = row.parse(words[2 * at + 1]!, before[at]!);
        if (row.startOnly !== undefined && value !== before[at]) throw new RedisError(row.startOnly);
        this.values.set(row.name, value);
      }
      for (at = 0; at < chosen.length; at++) {
        told = at + 1;
        if (this.values.get(chosen[at]!.name) !== before[at]) this.tell(chosen[at]!.name);
      }
    } catch (error) {
      chosen.forEach((row, i) => {
        this.values.set(row.name, before[i]!);
      });
      for (let i = 0; i < told; i++) this.tell(chosen[i]!.name);
      if (!(error instanceof RedisError)) throw error;
      throw refused(words[2 * at]!, error.message);
    }
  }

  private tell(name: string): void {
    const value = this.values.get(name)!;
    for (const listener of this.listeners.get(name) ?? []) listener(value);
  }
}

function unknownParameter(name: string): RedisError {
  return new RedisError(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`);
}

function refused(name: string, why: string): RedisError {
  return new RedisError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`);
}
