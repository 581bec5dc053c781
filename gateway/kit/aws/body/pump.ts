/**
 * Moves the bytes of a request from Node's parser to a sink by `data` listeners. An async iterator would cost several
 * promises per piece; a sink that is slow calls `pause` and `resume` instead.
 */
import { incompleteBody, requestTimeout } from './errors.ts';
import type { IdleWatch, Watched } from './idle-watch.ts';

/** The part of `http.IncomingMessage` (or any Readable) a body is read from. */
export interface ByteSource {
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'data', listener: (bytes: Buffer) => void): unknown;
  off(event: 'end' | 'close', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  readonly destroyed: boolean;
}

export interface PumpSink {
  /** May throw: the pump stops and hands the error to `fail`. */
  piece(bytes: Buffer): void;
  /** All bytes came. May throw like `piece`. */
  end(): void;
  /** Exactly once, and never after a successful `end`. */
  fail(error: unknown): void;
}

export class Pump implements Watched {
  idleChecks = 0;
  readonly #source: ByteSource;
  readonly #sink: PumpSink;
  readonly #watch: IdleWatch;
  #paused = false;
  #stopped = false;

  constructor(source: ByteSource, sink: PumpSink, watch: IdleWatch) {
    this.#source = source;
    this.#sink = sink;
    this.#watch = watch;
  }

  get waitsForPeer(): boolean {
    return !this.#paused;
  }

  start(): void {
    if (this.#source.destroyed) {
      this.#stopped = true;
      this.#sink.fail(incompleteBody());
      return;
    }
    this.#watch.watch(this);
    // Listening to `data` sets the source flowing, so it is the last one attached.
    this.#source.on('end', this.#onEnd);
    this.#source.on('error', this.#onCut);
    this.#source.on('close', this.#onCut);
    this.#source.on('data', this.#onData);
  }

  pause(): void {
    if (this.#stopped || this.#paused) return;
    this.#paused = true;
    this.#source.pause();
  }

  resume(): void {
    if (this.#stopped || !this.#paused) return;
    this.#paused = false;
    this.idleChecks = 0;
    this.#source.resume();
  }

  /** Reads no further; what is still to come is the port's to drain or to cut. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#watch.unwatch(this);
    this.#source.off('data', this.#onData);
    this.#source.off('end', this.#onEnd);
    this.#source.off('error', this.#onCut);
    this.#source.off('close', this.#onCut);
    this.#source.pause();
  }

  onIdle(): void {
    this.#fail(requestTimeout());
  }

  readonly #onData = (bytes: Buffer): void => {
    this.idleChecks = 0;
    try {
      this.#sink.piece(bytes);
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #onEnd = (): void => {
    if (this.#stopped) return;
    try {
      this.#sink.end();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.stop();
  };

  readonly #onCut = (): void => {
    this.#fail(incompleteBody());
  };

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#sink.fail(error);
  }
}
