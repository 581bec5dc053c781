/** How a command is made and its answer compared. Names of commands are those a server is asked for first. */
import type { Rule } from './compare.ts';
import { exact } from './compare.ts';
import type { RandomWords } from './words.ts';

export interface CommandGrammar {
  /** `lpush`, or with its first word: `object encoding`. */
  readonly name: string;
  /** What stands behind the name. */
  readonly make: (random: RandomWords) => string[];
  readonly rule: Rule;
  /** Of this many drawings in its group. */
  readonly weight: number;
  /** Changes how the connection goes on: not for transactions. */
  readonly alone: boolean;
}

export interface Grammar {
  /** Of the group. */
  readonly name: string;
  readonly commands: readonly CommandGrammar[];
}

interface Extras {
  readonly rule?: Rule;
  readonly weight?: number;
  readonly alone?: boolean;
}

export function command(
  name: string,
  make: (random: RandomWords) => string[],
  { rule = exact, weight = 1, alone = false }: Extras = {},
): CommandGrammar {
  return { name, make, rule, weight, alone };
}
