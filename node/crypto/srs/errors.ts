/** `format`: the bytes or the text do not have the form; `points`: a point is not one; `check`: the content contradicts itself. */
export type SrsErrorCode = 'format' | 'points' | 'check';

export class SrsError extends Error {
  readonly code: SrsErrorCode;
  constructor(code: SrsErrorCode, message: string) {
    super(message);
    this.name = 'SrsError';
    this.code = code;
  }
}
