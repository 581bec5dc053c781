/** What is wrong with a source, and where. */

export type CompileErrorCode =
  /** No TypeScript, or not of the part that is this language. */
  | 'syntax'
  /** TypeScript that cannot be a circuit, or that this language leaves out. */
  | 'unsupported'
  | 'unknown-name'
  | 'duplicate-name'
  | 'type-mismatch'
  /** A number that its type does not hold. */
  | 'out-of-range'
  /** An index that no element has. */
  | 'index-out-of-range'
  | 'division-by-zero'
  /** What has to be known while compiling depends on an input. */
  | 'not-constant'
  /** A compile-time number would depend on a secret condition. */
  | 'number-under-secret'
  | 'not-assignable'
  | 'missing-return'
  | 'misplaced'
  | 'no-effect'
  /** The entry point: parties, inputs, and who learns what. */
  | 'entry-point'
  /** Larger than `CompileLimits` allow. */
  | 'limit';

export type CompileWarningCode = 'unused-input' | 'constant-output' | 'known-output';

/** Characters of a source, from 0; `end` is the first one behind. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Line and column from 1, as editors count them; columns are UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export class CompileError extends Error {
  override readonly name = 'CompileError';
  readonly code: CompileErrorCode;
  readonly fileName: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** What is wrong and what to do, without the place. */
  readonly text: string;

  constructor(
    code: CompileErrorCode,
    text: string,
    fileName: string,
    from: Place,
    to: Place,
    options?: ErrorOptions,
  ) {
    super(`${fileName}:${from.line}:${from.column}: ${text} (${code})`, options);
    this.code = code;
    this.text = text;
    this.fileName = fileName;
    this.line = from.line;
    this.column = from.column;
    this.endLine = to.line;
    this.endColumn = to.column;
  }
}

export interface CompileWarning {
  readonly code: CompileWarningCode;
  readonly text: string;
  readonly fileName: string;
  readonly line: number;
  readonly column: number;
}

/** A source and its lines. */
export class SourceText {
  readonly text: string;
  readonly fileName: string;
  /** First character of each line. */
  private readonly lines: number[] = [0];

  constructor(text: string, fileName: string) {
    this.text = text;
    this.fileName = fileName;
    for (let i = 0; i < text.length; i++) {
      const char = text[i];
      if (char === '\n' || char === '\u2028' || char === '\u2029' || (char === '\r' && text[i + 1] !== '\n'))
        this.lines.push(i + 1);
    }
  }

  place(at: number): Place {
    let [low, high] = [0, this.lines.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.lines[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - this.lines[low]! + 1 };
  }

  error(code: CompileErrorCode, span: Span, text: string, options?: ErrorOptions): CompileError {
    return new CompileError(code, text, this.fileName, this.place(span.start), this.place(span.end), options);
  }

  warning(code: CompileWarningCode, span: Span, text: string): CompileWarning {
    return { code, text, fileName: this.fileName, ...this.place(span.start) };
  }
}

/** A piece of a source, or of an input's text, as part of a message: one line, not too long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
