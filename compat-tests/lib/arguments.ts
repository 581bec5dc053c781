/** Arguments of the tools: `name`, `--flag value`, `--switch`. Unknown ones end the program with a line that says so. */
import { parseArgs } from 'node:util';

export type FlagKinds = Readonly<Record<string, 'string' | 'boolean'>>;

export interface ParsedArguments {
  readonly positionals: readonly string[];
  text(name: string, fallback: string): string;
  /** A whole number of at least `least`. */
  count(name: string, fallback: number, least?: number): number;
  on(name: string): boolean;
}

export function parseArguments(args: readonly string[], flags: FlagKinds): ParsedArguments {
  const options = Object.fromEntries(Object.entries(flags).map(([name, type]) => [name, { type }]));
  const { values, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: true,
  });
  return {
    positionals,
    text: (name, fallback) => (values[name] as string | undefined) ?? fallback,
    on: (name) => values[name] === true,
    count(name, fallback, least = 0) {
      const given = values[name] as string | undefined;
      const value = given === undefined ? fallback : Number(given);
      if (!Number.isSafeInteger(value) || value < least)
        throw new Error(`--${name} is a whole number of at least ${least}`);
      return value;
    },
  };
}
