/** Words and signs of a source. Names are ASCII; what TypeScript has and this language does not is told apart by the parser. */

export type TokenKind = 'name' | 'keyword' | 'number' | 'string' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, its value. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** A line ends between the token before and this one. */
  readonly onNewLine: boolean;
}

/** Reserved words of ECMAScript modules, and those of TypeScript that no name may be. */
export const keywords: ReadonlySet<string> = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for
  function if import in instanceof interface let new null return super switch this throw true try typeof var void while with
  yield static implements package private protected public`.split(/\s+/),
);

/** Longest first, so that the first that fits is the one. */
export const signs: readonly string[] = [
  ...['>>>=', '...', '===', '!==', '>>>', '<<=', '>>=', '**=', '&&=', '||=', '??='],
  ...[
    '=>',
    '==',
    '!=',
    '<=',
    '>=',
    '&&',
    '||',
    '??',
    '?.',
    '++',
    '--',
    '+=',
    '-=',
    '*=',
    '/=',
    '%=',
    '&=',
    '|=',
    '^=',
  ],
  ...['<<', '>>', '**'],
  ...'{}()[];,<>+-*/%&|^!~?:=.@#'.split(''),
];

/** Of a number's token. */
export function numberValue({ text }: Token): bigint {
  return BigInt(text.replaceAll('_', '').replace(/n$/, ''));
}
