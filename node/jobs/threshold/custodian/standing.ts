/** Whether a custodian knows all control calls that others acknowledged. Until it does, it computes nothing with a key. */
import { ThresholdAbort } from '../errors.ts';
import type { CustodianState } from './format/envelope.ts';

export class Standing {
  #state: CustodianState = 'catching-up';
  readonly #changed: (state: CustodianState) => void;

  constructor(changed: (state: CustodianState) => void) {
    this.#changed = changed;
  }

  get state(): CustodianState {
    return this.#state;
  }

  set(state: CustodianState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#changed(state);
  }

  /** @throws ThresholdAbort `unavailable` */
  requireReady(): void {
    if (this.#state !== 'ready')
      throw new ThresholdAbort('unavailable', undefined, 'it is catching up with control calls');
  }
}
