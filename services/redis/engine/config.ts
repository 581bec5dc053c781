/**
 * Parameters of CONFIG GET and CONFIG SET, as rows. Values are kept as the text CONFIG GET shows; what the engine reads often
 * is kept parsed and follows `onChange`.
 */
import { RedisError } from './errors.ts';

export interface ConfigRow {
  readonly name: string;
  /** Old name that is still accepted. */
  readonly alias?: string;
  readonly initial: string;
  /** Not settable at run time. */
  readonly immutable?: boolean;
  /** Text as it is kept. @throws RedisError why it is refused, without the prefix of CONFIG SET */
  readonly parse: (text: string) => string;
}

export class Config {
  private readonly rows = new Map<string, ConfigRow>();
  private readonly values = new Map<string, string>();
  private readonly listeners = new Map<string, ((value: string) => void)[]>();

  define(rows: readonly ConfigRow[]): void {
    for (const row of rows) {
      this.rows.set(row.name, row);
      this.values.set(row.name, row.initial);
    }
  }

  row(name: string): ConfigRow | undefined {
    return this.rows.get(name);
  }

  names(): IterableIterator<string> {
    return this.rows.keys();
  }

  get(name: string): string {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`no parameter ${name}`);
    return value;
  }

  number(name: string): number {
    return Number(this.get(name));
  }

  flag(name: string): boolean {
    return this.get(name) === 'yes';
  }

  /** Called now and after each change. */
  onChange(name: string, listener: (value: string) => void): void {
    const list = this.listeners.get(name);
    if (list === undefined) this.listeners.set(name, [listener]);
    else list.push(listener);
    listener(this.get(name));
  }

  /** @throws RedisError */
  set(name: string, text: string): void {
    const row = this.rows.get(name);
    if (row === undefined)
      throw new RedisError(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`);
    this.values.set(name, row.parse(text));
    for (const listener of this.listeners.get(name) ?? []) listener(this.values.get(name)!);
  }
}
