/** The one thing that a statement's text can raise. Its message is for the client, in the words of Apache Cassandra. */
export class CqlSyntaxError extends Error {
  /** `invalid`: well formed, but more than a statement may have. */
  readonly code: 'syntax' | 'invalid';
  constructor(message: string, code: 'syntax' | 'invalid' = 'syntax') {
    super(message);
    this.name = 'CqlSyntaxError';
    this.code = code;
  }
}

/** @returns `line 1:7`, lines counted from 1 and columns from 0 */
export function lineAndColumn(text: string, at: number): string {
  let line = 1;
  let begin = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', begin)) {
    line++;
    begin = next + 1;
  }
  return `line ${line}:${at - begin}`;
}

/** In quotes, without line breaks. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}'`;
}
