/** Tokens of CQL, named as Apache Cassandra's grammar names them: clients see these names in messages. */
import type { Keyword } from './keywords.ts';

export type Punctuation =
  | ('(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '<=' | '>=' | '=' | '!=')
  | (',' | ';' | ':' | '.' | '+' | '-' | '*' | '/' | '%' | '+=' | '-=' | 'expr(');

export type Literal =
  | 'STRING_LITERAL'
  | 'INTEGER'
  | 'FLOAT_LITERAL'
  | 'BOOLEAN_LITERAL'
  | 'DURATION_LITERAL'
  | 'UUID_LITERAL'
  | 'HEXNUMBER';

export type Kind =
  | Keyword
  | Punctuation
  | Literal
  | ('IDENT' | 'QUOTED_NAME' | 'EMPTY_QUOTED_NAME' | 'QMARK' | 'RANGE')
  /** White space and comments: seen only by messages. */
  | 'HIDDEN'
  | 'EOF';

export interface Token {
  readonly kind: Kind;
  /** What it may be read as: bits of `uses`. */
  readonly uses: number;
  /** Where it begins in the text, and where what is behind it begins. */
  readonly start: number;
  readonly end: number;
  /** Of names as they are stored; of strings what they say; of other literals as they are written; else empty. */
  readonly value: string;
}

const ownNames: ReadonlySet<Kind> = new Set<Kind>([
  ...(['STRING_LITERAL', 'INTEGER', 'HEXNUMBER', 'IDENT', 'QUOTED_NAME', 'EMPTY_QUOTED_NAME'] as const),
  ...(['QMARK', 'RANGE', 'EOF'] as const),
]);

/** As messages name what they expected. */
export function kindName(kind: Kind): string {
  if (ownNames.has(kind)) return kind;
  if (kind.endsWith('_LITERAL')) return kind.slice(0, -'_LITERAL'.length);
  return /^[A-Z]/.test(kind) ? `K_${kind}` : `'${kind}'`;
}
