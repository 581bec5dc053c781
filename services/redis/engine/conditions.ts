/**
 * Conditions of the whole engine in which the dispatcher looks closer at every command. `conditions` is 0 while there are none,
 * so that the usual command pays one comparison.
 */
import type { CommandRow } from './command.ts';
import type { RedisError } from './errors.ts';
import type { PauseMode } from './pause.ts';

const bits = { loading: 1, busy: 2, paused: 4, writeRefusal: 8, makeRoom: 16, limitsAnswers: 32 } as const;

export class Conditions {
  /** 0: none. */
  conditions = 0;
  private loadingNow = false;
  private busyError: RedisError | undefined;
  private pauseMode: PauseMode | undefined;
  private writeError: RedisError | undefined;
  private roomMaker: ((row: CommandRow) => void) | undefined;
  private answersLimited = false;

  /** The keyspace is not complete yet: only commands with the flag `loading` run. */
  get loading(): boolean {
    return this.loadingNow;
  }

  set loading(value: boolean) {
    this.loadingNow = value;
    this.setBit(bits.loading, value);
  }

  /** A script takes too long: what is answered to commands without the flag `allow_busy`. */
  get busy(): RedisError | undefined {
    return this.busyError;
  }

  set busy(error: RedisError | undefined) {
    this.busyError = error;
    this.setBit(bits.busy, error !== undefined);
  }

  /** Keys whose time has come are not shown, but stay: with CLIENT PAUSE. */
  expiryPaused = false;

  /** CLIENT PAUSE; engine/pause.ts sets it. */
  get paused(): PauseMode | undefined {
    return this.pauseMode;
  }

  set paused(mode: PauseMode | undefined) {
    this.pauseMode = mode;
    this.expiryPaused = mode !== undefined;
    this.setBit(bits.paused, mode !== undefined);
  }

  /** Changes cannot be made durable: what is answered to commands that write. */
  get writeRefusal(): RedisError | undefined {
    return this.writeError;
  }

  set writeRefusal(error: RedisError | undefined) {
    this.writeError = error;
    this.setBit(bits.writeRefusal, error !== undefined);
  }

  /**
   * `maxmemory` is set: called before each command that is admitted so far, with its row, or for EXEC with the row of a
   * queued command that needs memory. @throws RedisError OOM
   */
  get makeRoom(): ((row: CommandRow) => void) | undefined {
    return this.roomMaker;
  }

  set makeRoom(maker: ((row: CommandRow) => void) | undefined) {
    this.roomMaker = maker;
    this.setBit(bits.makeRoom, maker !== undefined);
  }

  /** Answers to normal clients are limited too: `client-output-buffer-limit`. */
  get limitsAnswers(): boolean {
    return this.answersLimited;
  }

  set limitsAnswers(value: boolean) {
    this.answersLimited = value;
    this.setBit(bits.limitsAnswers, value);
  }

  private setBit(bit: number, on: boolean): void {
    if (on) this.conditions |= bit;
    else this.conditions &= ~bit;
  }
}
