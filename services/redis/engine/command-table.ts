/** Finds the row of a command by its words, in any case of letters, and checks how many words there are. */
import type { CommandRow } from './command.ts';
import { RedisError, wrongArity } from './errors.ts';

/** Longest part of what a client sent that an error repeats. */
const shownCharsMax = 128;

export class CommandTable {
  readonly rows: readonly CommandRow[];
  private readonly byName = new Map<string, CommandRow>();
  private readonly bySubcommand = new Map<CommandRow, Map<string, CommandRow>>();
  /** `config|get` of a subcommand. */
  readonly fullNames = new Map<CommandRow, string>();

  constructor(rows: readonly CommandRow[]) {
    this.rows = rows;
    for (const row of rows) {
      if (this.byName.has(row.name)) throw new Error(`the command ${row.name} is there twice`);
      this.byName.set(row.name, row);
      // Most clients send upper or lower case: both are found without folding.
      this.byName.set(row.name.toUpperCase(), row);
      this.fullNames.set(row, row.name);
      if (row.subcommands === undefined) continue;
      const inner = new Map<string, CommandRow>();
      for (const sub of row.subcommands) {
        inner.set(sub.name, sub);
        this.fullNames.set(sub, `${row.name}|${sub.name}`);
      }
      this.bySubcommand.set(row, inner);
    }
  }

  /** @returns the row without checking anything but the name; undefined when there is none */
  lookup(name: string, subcommand?: string): CommandRow | undefined {
    const row = this.byName.get(name) ?? this.byName.get(name.toLowerCase());
    if (row === undefined || subcommand === undefined) return row;
    const inner = this.bySubcommand.get(row);
    return inner === undefined ? row : inner.get(subcommand.toLowerCase());
  }

  /** The row that runs. @throws RedisError unknown command or subcommand, wrong number of arguments */
  find(args: readonly string[]): CommandRow {
    const name = args[0]!;
    const row = this.byName.get(name) ?? this.byName.get(name.toLowerCase());
    if (row === undefined) throw unknownCommand(args);
    const { arity } = row;
    const inner = this.bySubcommand.get(row);
    if (inner !== undefined && args.length > 1) {
      const sub = inner.get(args[1]!) ?? inner.get(args[1]!.toLowerCase());
      if (sub === undefined) throw unknownSubcommand(row.name, args[1]!);
      this.check(sub, args.length);
      return sub;
    }
    if (arity > 0 ? args.length !== arity : args.length < -arity) throw wrongArity(row.name);
    return row;
  }

  private check(row: CommandRow, length: number): void {
    const { arity } = row;
    if (arity > 0 ? length !== arity : length < -arity) throw wrongArity(this.fullNames.get(row)!);
  }
}

export function unknownCommand(args: readonly string[]): RedisError {
  let shown = '';
  for (let i = 1; i < args.length && shown.length < shownCharsMax; i++) {
    shown += `'${args[i]!.slice(0, shownCharsMax - shown.length)}' `;
  }
  return new RedisError(
    `ERR unknown command '${args[0]!.slice(0, shownCharsMax)}', with args beginning with: ${shown}`,
  );
}

function unknownSubcommand(container: string, name: string): RedisError {
  return new RedisError(
    `ERR unknown subcommand '${name.slice(0, shownCharsMax)}'. Try ${container.toUpperCase()} HELP.`,
  );
}
