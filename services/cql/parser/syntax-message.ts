/**
 * Messages of syntax errors, as Apache Cassandra's parser words them: what was wrong, and the text around it, with the token that the
 * parser stands at in brackets. The excerpt begins ten tokens before it, white space counted, and ends two behind it unless the parser
 * has not looked so far. Lengths are those of a token's value, so that brackets around a string stand two characters off: as there.
 */
import { lineAndColumn, quoted } from './errors.ts';
import { Lexer } from './lexer.ts';
import { type Kind, kindName, type Token } from './tokens.ts';

const tokensBefore = 10;
const tokensBehind = 2;

/**
 * @param token that the parser stands at
 * @param offending which no alternative has, there or further on
 * @param last that has been looked at
 */
export function noAlternativeMessage(text: string, token: Token, offending: Token, last: Token): string {
  const what = `no viable alternative at input ${shown(text, offending)}`;
  return `${place(text, offending)} ${what}${excerpt(text, token, last)}`;
}

export function mismatchMessage(text: string, token: Token, expected: Kind | undefined, last: Token): string {
  const wanted = expected === undefined ? 'set null' : kindName(expected);
  const what = `mismatched input ${shown(text, token)} expecting ${wanted}`;
  return `${place(text, token)} ${what}${excerpt(text, token, last)}`;
}

/** The end has no place. */
function place(text: string, token: Token): string {
  return token.kind === 'EOF' ? 'line 0:-1' : lineAndColumn(text, token.start);
}

function shown(text: string, token: Token): string {
  return token.kind === 'EOF' ? "'<EOF>'" : quoted(textOf(text, token));
}

function textOf(text: string, token: Token): string {
  const unquoted = token.kind === 'STRING_LITERAL' || token.kind === 'QUOTED_NAME';
  return unquoted ? token.value : text.slice(token.start, token.end);
}

function excerpt(text: string, token: Token, last: Token): string {
  if (token.kind === 'EOF') return '';
  const { from, to } = surroundings(text, token, last);
  if (to.kind === 'EOF') return '';
  const tokenEnd = endInLine(text, token);
  const toEnd = Math.max(tokenEnd, endInLine(text, to));
  const parts = [
    from === 0 ? '' : '...',
    text.slice(from, token.start),
    `[${text.slice(token.start, tokenEnd)}]`,
    text.slice(tokenEnd, toEnd),
    toEnd === lengthWithoutBreaks(text) ? '' : '...',
  ];
  return ` (${parts.join('').replaceAll('\n', '')})`;
}

/** Without those at the end: a pattern would take quadratic time to find them. */
function lengthWithoutBreaks(text: string): number {
  let end = text.length;
  while (text[end - 1] === '\n') end--;
  return end;
}

function endInLine(text: string, token: Token): number {
  const lineEnd = text.indexOf('\n', token.start);
  const end = token.start + textOf(text, token).length;
  return Math.min(end, lineEnd === -1 ? text.length : lineEnd);
}

/** Reads the text again, with white space: only once, as an error ends it. */
function surroundings(text: string, token: Token, last: Token): { from: number; to: Token } {
  const lexer = new Lexer(text);
  const before: number[] = [];
  let current = lexer.nextOfAll();
  while (current.start < token.start) {
    before.push(current.start);
    if (before.length > tokensBefore) before.shift();
    current = lexer.nextOfAll();
  }
  for (let behind = 0; behind < tokensBehind && current.start < last.start; behind++) {
    current = lexer.nextOfAll();
  }
  return { from: before[0] ?? token.start, to: current };
}
