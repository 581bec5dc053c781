/** Whether the node takes writes, and why not. Once failed it stays so until it is opened again: better stopped than lying. */
import { NodeError } from '../api/index.ts';

export type LifecycleState = 'recovering' | 'running' | 'failed' | 'closing' | 'closed';

export class Lifecycle {
  #state: LifecycleState = 'recovering';
  #reason: unknown;
  readonly #onFailure: (error: unknown) => void;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** One sentence when the node failed. */
  get reason(): string | undefined {
    if (this.#reason === undefined) return undefined;
    return this.#reason instanceof Error ? this.#reason.message : String(this.#reason);
  }

  move(state: 'running' | 'closing' | 'closed'): void {
    if (this.#state !== 'failed' || state === 'closed') this.#state = state;
  }

  fail(error: unknown): void {
    if (this.#state === 'failed' || this.#state === 'closed') return;
    this.#state = 'failed';
    this.#reason = error;
    this.#onFailure(error);
  }

  /** @throws NodeError `closed` unless writes are taken */
  requireRunning(): void {
    if (this.#state !== 'running') throw this.closedError();
  }

  /** For writes that were accepted before the node began to close. @throws NodeError `closed` */
  requireRunningOrClosing(): void {
    if (this.#state !== 'running' && this.#state !== 'closing') throw this.closedError();
  }

  /** @throws NodeError `closed` when nothing may be read any more */
  requireReadable(): void {
    if (this.#state === 'closed') throw this.closedError();
  }

  closedError(): NodeError {
    if (this.#reason !== undefined) {
      return new NodeError('closed', `the node takes no writes: ${this.reason}`, { cause: this.#reason });
    }
    return new NodeError('closed', `the node is ${this.#state}`);
  }
}
