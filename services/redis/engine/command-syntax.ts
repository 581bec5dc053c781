/**
 * Reads the notation of the manual, `key value [NX | XX] [EX seconds | PX milliseconds] [GET pattern [GET pattern ...]]`, as
 * the arguments that COMMAND DOCS gives. Lower case words are values, others are written as they stand; `[ ]` may be left
 * out, `< >` only groups, `|` separates alternatives, `x [x ...]` is one or more of x. A word written as it stands takes the
 * values after it as its own, up to the next such word or bracket that begins with one.
 * Source: https://redis.io/docs/latest/commands/command-docs/
 */
export type ArgumentType =
  | 'string'
  | 'integer'
  | 'double'
  | 'key'
  | 'pattern'
  | 'unix-time'
  | 'pure-token'
  | 'oneof'
  | 'block';

export interface CommandArgument {
  readonly name: string;
  readonly type: ArgumentType;
  /** Stands before the value, or alone. */
  readonly token?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  /** The token is repeated too. */
  readonly multipleToken?: boolean;
  /** Of `oneof` and `block`. */
  readonly arguments?: readonly CommandArgument[];
}

const keyNames = new Set(
  'key key1 key2 newkey source destination sourcekey destkey src dst destination-key'.split(' '),
);
const integerNames = new Set(
  (
    'count cursor db decrement destination-db end-slot entries-added entries-read frequency index limit ' +
    'milliseconds ms num-matches numkeys numreplicas numlocal offset port protover rank seconds slot start-slot ttl ' +
    'version client-id config-epoch samples weight min-idle-time len width-bits start stop end'
  ).split(' '),
);
const doubleNames = new Set('height width latitude longitude radius score timeout'.split(' '));
const symbolNames: Readonly<Record<string, string>> = {
  '*': 'auto',
  $: 'last',
  '=': 'equal',
  '~': 'approximately',
  '""': 'empty-string',
  '%': 'percent',
};

function valueType(name: string): ArgumentType {
  if (keyNames.has(name)) return 'key';
  if (name.includes('pattern')) return 'pattern';
  if (name.startsWith('unix-time')) return 'unix-time';
  if (integerNames.has(name)) return 'integer';
  return doubleNames.has(name) ? 'double' : 'string';
}

/** One thing of a sequence, with the text it was read from. */
interface Item {
  readonly source: string;
  /** A word written as it stands. */
  readonly token?: string;
  readonly argument?: CommandArgument;
  /** Begins with such a word, so that it belongs to no token before it. */
  readonly apart: boolean;
}

const valueWord = /^[a-z][a-z0-9_:./-]*$/;

class SyntaxReader {
  private readonly words: string[];
  private at = 0;

  constructor(syntax: string) {
    this.words = syntax.match(/[[\]<>|]|[^\s[\]<>|]+/g) ?? [];
  }

  all(): CommandArgument[] {
    const choices: Item[][] = [];
    do choices.push(this.sequence().items);
    while (this.words[this.at] === '|' && this.at++ >= 0);
    if (this.at < this.words.length)
      throw new Error(`the syntax goes on after its end: ${this.words.join(' ')}`);
    return choices.length === 1 ? joinTokens(choices[0]!) : [choiceOf(choices)];
  }

  /** Up to `|`, a closing bracket or the end. */
  private sequence(): { items: Item[]; repeats: boolean } {
    let items: Item[] = [];
    let repeats = false;
    while (this.at < this.words.length) {
      const word = this.words[this.at]!;
      if (word === '|' || word === ']' || word === '>') break;
      this.at++;
      if (word === '...') repeats = true;
      else if (word === '[') items = this.optional(items);
      else if (word === '<') items.push(this.group());
      else if (valueWord.test(word)) {
        items.push({ source: word, argument: { name: word, type: valueType(word) }, apart: false });
      } else items.push({ source: word, token: word, apart: true });
    }
    return { items, repeats };
  }

  private alternatives(end: string): { choices: Item[][]; repeats: boolean } {
    const choices: Item[][] = [];
    let repeats = false;
    for (;;) {
      const read = this.sequence();
      choices.push(read.items);
      repeats ||= read.repeats;
      const word = this.words[this.at++];
      if (word === end) return { choices, repeats };
      if (word !== '|') throw new Error(`a bracket is not closed: ${this.words.join(' ')}`);
    }
  }

  private group(): Item {
    const { choices } = this.alternatives('>');
    return { source: sourceOf(choices), argument: choiceOf(choices), apart: false };
  }

  /** After `[`: an optional argument, or the repetition of what is before it. */
  private optional(before: Item[]): Item[] {
    const { choices, repeats } = this.alternatives(']');
    const only = choices.length === 1 ? choices[0]! : undefined;
    if (repeats && only !== undefined && only.length <= before.length) {
      const repeated = before.slice(before.length - only.length);
      if (repeated.every((item, i) => item.source === only[i]!.source)) {
        const [joined, ...more] = joinTokens(repeated);
        const one = more.length === 0 ? joined! : blockOf([joined!, ...more]);
        const hasToken = repeated.some((item) => item.token !== undefined);
        return [
          ...before.slice(0, before.length - only.length),
          {
            source: sourceOf([repeated]),
            argument: { ...one, multiple: true, ...(hasToken ? { multipleToken: true } : {}) },
            apart: hasToken,
          },
        ];
      }
    }
    const argument = choiceOf(choices);
    const item: Item = {
      source: `[${sourceOf(choices)}]`,
      argument: { ...argument, optional: true, ...(repeats ? { multiple: true } : {}) },
      apart: true,
    };
    return [...before, item];
  }
}

function sourceOf(choices: readonly (readonly Item[])[]): string {
  return choices.map((items) => items.map(({ source }) => source).join(' ')).join(' | ');
}

/** Tokens with the values that follow them. */
function joinTokens(items: readonly Item[]): CommandArgument[] {
  const joined: CommandArgument[] = [];
  for (let i = 0; i < items.length; i++) {
    const { token, argument } = items[i]!;
    if (token === undefined) {
      joined.push(argument!);
      continue;
    }
    const values: CommandArgument[] = [];
    while (items[i + 1]?.token === undefined && items[i + 1]?.apart === false)
      values.push(items[++i]!.argument!);
    joined.push(withToken(token, values));
  }
  return joined;
}

function withToken(token: string, values: readonly CommandArgument[]): CommandArgument {
  const shown = token === '""' ? '' : token;
  const [first] = values;
  if (first === undefined) {
    return { name: symbolNames[token] ?? token.toLowerCase(), type: 'pure-token', token: shown };
  }
  if (values.length === 1) return { ...first, token: shown };
  return { ...blockOf(values), token: shown };
}

/** A name made of others is given up beyond this. */
const joinedNameMax = 40;

function joinNames(values: readonly CommandArgument[], between: string, otherwise: string): string {
  const name = values.map((value) => value.name).join(between);
  return name.length > joinedNameMax ? otherwise : name;
}

function blockOf(values: readonly CommandArgument[]): CommandArgument {
  return { name: joinNames(values, '_', 'values'), type: 'block', arguments: values };
}

function choiceOf(choices: readonly (readonly Item[])[]): CommandArgument {
  const each = choices.map((items) => {
    const joined = joinTokens(items);
    return joined.length === 1 ? joined[0]! : blockOf(joined);
  });
  if (each.length === 1) return each[0]!;
  return { name: joinNames(each, '_or_', 'choice'), type: 'oneof', arguments: each };
}

/** @throws Error when it is not in the notation: a mistake in a row */
export function parseSyntax(syntax: string): CommandArgument[] {
  return new SyntaxReader(syntax).all();
}
