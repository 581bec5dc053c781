/**
 * Patterns of policy documents: wildcards and policy variables (`${aws:username}`, with a default
 * `${aws:username, 'nobody'}`, and `${*}`, `${?}`, `${$}` for the characters themselves).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import type { Token } from './wildcard.ts';
import { tokenize, Wildcard } from './wildcard.ts';

/** The one value of a context key (lower case), or undefined when absent or many. */
export type Variables = (key: string) => string | undefined;

type Part = Token | { readonly variable: string; readonly fallback: string | undefined };

const VARIABLE = /\$\{(?:([*?$])|([A-Za-z0-9:/._+=@-]{1,256})(?:\s*,\s*'([^'{}]{0,256})')?)\}/g;

/** Text, or text with variables, that a value must equal; stars are literal. */
export class TextTemplate {
  readonly #parts: readonly Part[];
  readonly #fixed: string | undefined;

  constructor(pattern: string, withVariables: boolean) {
    this.#parts = withVariables ? partsOf(pattern, (text) => [{ text }]) : [{ text: pattern }];
    this.#fixed = this.#parts.some((part) => 'variable' in part) ? undefined : textOf(this.#parts);
  }

  /** @returns undefined when a variable has no value */
  resolve(variables: Variables): string | undefined {
    if (this.#fixed !== undefined) return this.#fixed;
    const tokens = substitute(this.#parts, variables);
    return tokens === undefined ? undefined : textOf(tokens);
  }
}

/** A pattern with wildcards and variables. */
export class PolicyPattern {
  readonly #parts: readonly Part[];
  readonly #fixed: Wildcard | undefined;

  constructor(pattern: string, withVariables: boolean) {
    this.#parts = withVariables ? partsOf(pattern, tokenize) : tokenize(pattern);
    this.#fixed = this.#parts.some((part) => 'variable' in part)
      ? undefined
      : Wildcard.fromTokens(this.#parts as readonly Token[]);
  }

  /** False when a variable has no value: such an element matches nothing. */
  matches(text: string, variables: Variables): boolean {
    if (this.#fixed !== undefined) return this.#fixed.matches(text);
    const tokens = substitute(this.#parts, variables);
    return tokens !== undefined && Wildcard.fromTokens(tokens).matches(text);
  }
}

/**
 * ARN patterns are matched part by part: a star in the region of `arn:aws:s3:*:…` does not reach over a colon; the
 * sixth part, the resource, takes all that is left, colons included.
 */
export class ArnPattern {
  readonly #parts: readonly PolicyPattern[] | undefined;

  /** @param pattern `*` or six parts between colons */
  constructor(pattern: string, withVariables: boolean) {
    const parts = pattern === '*' ? undefined : splitArnPattern(pattern);
    this.#parts = parts?.map((part) => new PolicyPattern(part, withVariables));
  }

  static isValid(pattern: string): boolean {
    return pattern === '*' || (pattern.startsWith('arn:') && splitArnPattern(pattern) !== undefined);
  }

  matches(arn: string, variables: Variables): boolean {
    const parts = this.#parts;
    if (parts === undefined) return true;
    let start = 0;
    for (let i = 0; i < 5; i++) {
      const colon = arn.indexOf(':', start);
      if (colon < 0 || !parts[i]!.matches(arn.slice(start, colon), variables)) return false;
      start = colon + 1;
    }
    return parts[5]!.matches(arn.slice(start), variables);
  }
}

/** Colons inside `${…}` do not divide. */
function splitArnPattern(pattern: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < pattern.length && parts.length < 5; i++) {
    if (pattern[i] === '$' && pattern[i + 1] === '{') {
      const close = pattern.indexOf('}', i);
      if (close > 0) i = close;
    } else if (pattern[i] === ':') {
      parts.push(pattern.slice(start, i));
      start = i + 1;
    }
  }
  return parts.length === 5 ? [...parts, pattern.slice(start)] : undefined;
}

function partsOf(pattern: string, literal: (text: string) => Token[]): Part[] {
  const parts: Part[] = [];
  let start = 0;
  for (const match of pattern.matchAll(VARIABLE)) {
    if (match.index > start) parts.push(...literal(pattern.slice(start, match.index)));
    if (match[1] !== undefined) parts.push({ text: match[1] });
    else parts.push({ variable: match[2]!.toLowerCase(), fallback: match[3] });
    start = match.index + match[0].length;
  }
  if (start < pattern.length) parts.push(...literal(pattern.slice(start)));
  return parts;
}

function substitute(parts: readonly Part[], variables: Variables): Token[] | undefined {
  const tokens: Token[] = [];
  for (const part of parts) {
    if (!('variable' in part)) tokens.push(part);
    else {
      const text = variables(part.variable) ?? part.fallback;
      if (text === undefined) return undefined;
      tokens.push({ text });
    }
  }
  return tokens;
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => ('text' in part ? part.text : '')).join('');
}
