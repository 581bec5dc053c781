/**
 * Conditions of the whole engine in which the dispatcher looks closer at every command. `conditions` is 0 while there are none,
 * so that the usual command pays one comparison.
 */
import type { RedisError } from './errors.ts';
import type { PauseMode } from './pause.ts';

const bits = {
  loading: 1,
  busy: 2,
  paused: 4,
  journalFailing: 8,
  limitsMemory: 16,
  limitsAnswers: 32,
  lacksReplicas: 64,
} as const;

export class Conditions {
  /** 0: none. */
  conditions = 0;
  private loadingNow = false;
  private busyError: RedisError | undefined;
  private pauseMode: PauseMode | undefined;
  private failing = false;
  private memoryLimited = false;
  private answersLimited = false;
  private replicasLacking = false;

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

  /** CLIENT PAUSE; engine/pause.ts sets it. */
  get paused(): PauseMode | undefined {
    return this.pauseMode;
  }

  set paused(mode: PauseMode | undefined) {
    this.pauseMode = mode;
    this.setBit(bits.paused, mode !== undefined);
  }

  /** The journal takes nothing: commands that write are refused. */
  get journalFailing(): boolean {
    return this.failing;
  }

  set journalFailing(value: boolean) {
    this.failing = value;
    this.setBit(bits.journalFailing, value);
  }

  /** `maxmemory` is set: there must be room before each command. */
  get limitsMemory(): boolean {
    return this.memoryLimited;
  }

  set limitsMemory(value: boolean) {
    this.memoryLimited = value;
    this.setBit(bits.limitsMemory, value);
  }

  /** Answers to normal clients are limited too: `client-output-buffer-limit`. */
  get limitsAnswers(): boolean {
    return this.answersLimited;
  }

  set limitsAnswers(value: boolean) {
    this.answersLimited = value;
    this.setBit(bits.limitsAnswers, value);
  }

  /** `min-replicas-to-write` asks for replicas of Redis' kind, of which there are none: commands that write are refused. */
  get lacksReplicas(): boolean {
    return this.replicasLacking;
  }

  set lacksReplicas(value: boolean) {
    this.replicasLacking = value;
    this.setBit(bits.lacksReplicas, value);
  }

  private setBit(bit: number, on: boolean): void {
    if (on) this.conditions |= bit;
    else this.conditions &= ~bit;
  }
}
