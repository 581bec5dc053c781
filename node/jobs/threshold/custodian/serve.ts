/** Serves the coordinator, on one connection at a time: a new one takes the place of the last. */
import { MpcAbort } from '../../mpc/errors.ts';
import type { Membership } from '../../mpc/session/connect.ts';
import type { SecureChannel } from '../../mpc/session/secure-channel.ts';
import type { PartyListener } from '../../mpc/session/transports/tcp-listen.ts';
import { ThresholdAbort } from '../errors.ts';
import { coordinatorName } from './channel.ts';
import type { Dispatch } from './dispatch.ts';
import { type CustodianState, channelKind, encodeState } from './format/envelope.ts';

export class CoordinatorServer {
  readonly #listener: PartyListener;
  readonly #membership: Membership;
  readonly #dispatch: Dispatch;
  readonly #state: () => CustodianState;
  #channel: SecureChannel | undefined;
  #closed = false;
  readonly #accepting: Promise<void>;

  /** @param membership its signal ends the waiting for connections */
  constructor(
    listener: PartyListener,
    membership: Membership,
    dispatch: Dispatch,
    state: () => CustodianState,
  ) {
    this.#listener = listener;
    this.#membership = membership;
    this.#dispatch = dispatch;
    this.#state = state;
    this.#accepting = this.#accept();
  }

  /** Tells the coordinator, if it is there. */
  notify(state: CustodianState): void {
    if (this.#channel !== undefined) this.#send(this.#channel, encodeState(state));
  }

  /** After the membership's signal was given. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#channel?.close();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    while (!this.#closed && !this.#membership.signal.aborted) {
      try {
        const channel = await this.#listener.accept().connect(this.#membership, coordinatorName);
        void this.#channel?.close();
        this.#channel = channel;
        void this.#serve(channel);
      } catch (error) {
        // A coordinator of another committee, or the end of the listener.
        if (!(error instanceof MpcAbort)) throw error;
      }
    }
  }

  /** Until the channel ends. Never rejects. */
  async #serve(channel: SecureChannel): Promise<void> {
    this.#send(channel, encodeState(this.#state()));
    try {
      for (;;) {
        const bytes = await channel.receive(channelKind.toCustodian, this.#dispatch.requestBytesMax);
        void this.#dispatch.answer(bytes).then((answer) => this.#send(channel, answer));
      }
    } catch (error) {
      channel.abort(asMpcAbort(error));
    }
  }

  /** An answer that cannot be sent any more is dropped: who asked has seen the end of the connection. */
  #send(channel: SecureChannel, message: Uint8Array): void {
    channel
      .send(channelKind.toCoordinator, message)
      .catch((error: unknown) => channel.abort(asMpcAbort(error)));
  }
}

function asMpcAbort(error: unknown): MpcAbort {
  if (error instanceof MpcAbort) return error;
  if (error instanceof ThresholdAbort) return new MpcAbort('malformed', coordinatorName, error.message);
  throw error;
}
