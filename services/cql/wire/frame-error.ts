/** Errors of the bytes themselves. */
import { CqlError } from '../errors.ts';

/** A body that makes no sense. Its frame was whole, so the next one can be read. */
export function protocolError(message: string): CqlError {
  return new CqlError('protocol', message);
}

/** Where the next frame begins is not known, or no matter: answered once, then the connection ends. */
export class FrameError extends CqlError {
  /** Of the frame that has to be answered. */
  readonly stream: number;
  /** In which the answer is understood; also 1 or 2. */
  readonly version: number;
  constructor(message: string, stream: number, version: number) {
    super('protocol', message);
    this.name = 'FrameError';
    this.stream = stream;
    this.version = version;
  }
}

export function tooBig(bytes: number, bytesMax: number, stream: number, version: number): FrameError {
  const message = `Request is too big: length ${bytes} exceeds maximum allowed length ${bytesMax}.`;
  return new FrameError(message, stream, version);
}
