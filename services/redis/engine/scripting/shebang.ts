/** The first line of a script or library: `#!lua flags=no-writes,allow-oom`, `#!lua name=mylib`. */
import type { CommandFlag } from '../command.ts';
import { RedisError } from '../errors.ts';

/** In the order in which FUNCTION LIST shows them. */
export const scriptFlags = [
  'no-writes',
  'allow-oom',
  'allow-stale',
  'no-cluster',
  'allow-cross-slot-keys',
] as const;
export type ScriptFlag = (typeof scriptFlags)[number];

export function isScriptFlag(text: string): text is ScriptFlag {
  return (scriptFlags as readonly string[]).includes(text);
}

/** Flags of the command that runs a script with these. @param flags undefined without a first line */
export function commandFlags(
  command: readonly CommandFlag[],
  flags: readonly ScriptFlag[] | undefined,
): readonly CommandFlag[] {
  if (command.includes('readonly')) return command;
  if (flags === undefined) return [...command, 'may_replicate'];
  return flags.includes('no-writes') ? command : [...command, 'write'];
}

export interface ScriptHead {
  /** Undefined without a first line: then the commands that it runs are judged one by one. */
  readonly flags: readonly ScriptFlag[] | undefined;
  /** What Lua compiles. It begins with the end of the first line, so that lines keep their numbers. */
  readonly source: string;
}

/** Of EVAL. @throws RedisError */
export function readScriptHead(body: string): ScriptHead {
  if (!body.startsWith('#!')) return { flags: undefined, source: body };
  const end = body.indexOf('\n');
  if (end < 0) throw new RedisError('ERR Invalid script shebang');
  const words = splitWords(body.slice(0, end));
  if (words === undefined) throw new RedisError('ERR Invalid engine in script shebang');
  if (words[0] !== '#!lua') throw new RedisError(`ERR Unexpected engine in script shebang: ${words[0]}`);
  const flags: ScriptFlag[] = [];
  for (const word of words.slice(1)) {
    if (!word.startsWith('flags=')) throw new RedisError(`ERR Unknown lua shebang option: ${word}`);
    for (const flag of word.slice(6).split(',')) {
      if (flag === '') continue;
      if (!isScriptFlag(flag)) throw new RedisError(`ERR Unexpected flag in script shebang: ${flag}`);
      if (!flags.includes(flag)) flags.push(flag);
    }
  }
  return { flags, source: body.slice(end) };
}

export interface LibraryHead {
  readonly name: string;
  readonly source: string;
}

/** Of FUNCTION LOAD. @throws RedisError */
export function readLibraryHead(code: string): LibraryHead {
  const end = code.indexOf('\n');
  if (!code.startsWith('#!')) throw new RedisError('ERR Missing library metadata');
  if (end < 0) throw new RedisError('ERR Invalid library metadata');
  const words = splitWords(code.slice(2, end));
  if (words === undefined) throw new RedisError('ERR Invalid library metadata');
  const engine = code[2] === ' ' ? '' : (words.shift() ?? '');
  let name: string | undefined;
  for (const word of words) {
    if (word.slice(0, 5).toLowerCase() !== 'name=')
      throw new RedisError(`ERR Invalid metadata value given: ${word}`);
    if (name !== undefined) {
      throw new RedisError('ERR Invalid metadata value, name argument was given multiple times');
    }
    name = word.slice(5);
  }
  if (name === undefined) throw new RedisError('ERR Library name was not given');
  if (!isLibraryName(name)) throw new RedisError(`ERR ${badLibraryName}`);
  if (engine.toLowerCase() !== 'lua') throw new RedisError(`ERR Engine '${engine}' not found`);
  return { name, source: code.slice(end) };
}

export const badLibraryName =
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';

/** Of libraries and functions. */
export function isLibraryName(name: string): boolean {
  return /^[0-9A-Za-z_]+$/.test(name);
}

/** Words between spaces; quotes, double or single, may stand anywhere. @returns undefined when one is not closed */
function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word = '';
  let inWord = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (char === '"' || char === "'") {
      const end = line.indexOf(char, at + 1);
      if (end < 0) return undefined;
      word += line.slice(at + 1, end);
      inWord = true;
      at = end;
    } else if (/\s/.test(char)) {
      if (inWord) words.push(word);
      word = '';
      inWord = false;
    } else {
      word += char;
      inWord = true;
    }
  }
  if (inWord) words.push(word);
  return words;
}
