/**
 * The coordinator's channel to one custodian: made again when it ends, with many requests on their way at once. A custodian that
 * does not answer any more counts as not connected, while its channel stays for when it is back (pulse.ts).
 */
import type { Bytes } from '../../../api/index.ts';
import { MpcAbort } from '../../mpc/errors.ts';
import type { Membership } from '../../mpc/session/connect.ts';
import type { SecureChannel } from '../../mpc/session/secure-channel.ts';
import { connectParty } from '../../mpc/session/transports/tcp-connect.ts';
import { custodianName } from '../custodian/channel.ts';
import { controlKinds } from '../custodian/format/control.ts';
import {
  abortOf,
  type CustodianState,
  channelKind,
  decodeFromCustodian,
  encodeRequest,
  type FromCustodian,
  type Request,
} from '../custodian/format/envelope.ts';
import { custodianLimits } from '../custodian/limits.ts';
import { ThresholdAbort } from '../errors.ts';
import { coordinatorLimits } from './limits.ts';
import { Pulse } from './pulse.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface LinkNews {
  /** Or it answers again. */
  readonly connected: () => void;
  /** Or it does not answer any more. */
  readonly disconnected: (why: string) => void;
  /** It said so by itself. */
  readonly state: (state: CustodianState) => void;
}

export interface LinkCall {
  readonly timeoutMs: number;
  readonly authorised?: Request['authorised'];
  readonly signal?: AbortSignal | undefined;
}

export interface LinkOptions {
  /** Instead of `coordinatorLimits.beatMs`. */
  readonly beatMs?: number | undefined;
}

interface Pending {
  readonly isLong: boolean;
  readonly resolve: (body: Bytes) => void;
  readonly reject: (error: ThresholdAbort) => void;
}

const none = new Uint8Array(0);

export class MemberLink {
  readonly index: number;
  readonly #membership: (signal: AbortSignal) => Membership;
  readonly #news: LinkNews;
  readonly #options: LinkOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #closing = new AbortController();
  #channel: SecureChannel | undefined;
  /** Since it answers without a break; undefined while it does not. */
  #connection: object | undefined;
  #address: Address | undefined;
  /** Ends a pause, or an attempt at an old address. */
  #wake: (() => void) | undefined;
  #nextId = 1;
  readonly #running: Promise<void>;

  constructor(
    index: number,
    membership: (signal: AbortSignal) => Membership,
    news: LinkNews,
    options: LinkOptions = {},
  ) {
    this.index = index;
    this.#membership = membership;
    this.#news = news;
    this.#options = options;
    this.#running = this.#run();
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Names the connection that it has now: another one whenever requests were given up. */
  get connection(): object | undefined {
    return this.#connection;
  }

  /** Where it listens now; undefined when it does not. */
  setAddress(address: Address | undefined): void {
    this.#address = address;
    this.#wake?.();
  }

  /** @throws ThresholdAbort with this custodian's index */
  call(kind: string, body: Bytes, { timeoutMs, authorised, signal }: LinkCall): Promise<Bytes> {
    const channel = this.#channel;
    if (channel === undefined) return Promise.reject(this.#unavailable('it is not connected'));
    if (!this.isConnected) return Promise.reject(this.#unavailable('it does not answer'));
    if (signal?.aborted) return Promise.reject(this.#unavailable('the call was called off'));
    if (this.#pending.size >= coordinatorLimits.pendingMax)
      return Promise.reject(this.#unavailable('too many requests wait for it'));
    const id = this.#takeId();
    const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.#pending.delete(id);
    };
    const end = (error: ThresholdAbort): void => {
      settle();
      reject(error);
    };
    const cancel = (): void => end(this.#unavailable('the call was called off'));
    const timer = setTimeout(
      () => end(this.#unavailable(`it did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal?.addEventListener('abort', cancel, { once: true });
    this.#pending.set(id, {
      isLong: timeoutMs > coordinatorLimits.longMs,
      reject: end,
      resolve: (answer) => {
        settle();
        resolve(answer);
      },
    });
    const request = encodeRequest({ id, kind, body, ...(authorised === undefined ? {} : { authorised }) });
    // A channel that ends tells all that wait.
    channel.send(channelKind.toCustodian, request).catch((error: unknown) => this.#broken(channel, error));
    return promise;
  }

  async close(): Promise<void> {
    this.#closing.abort(new MpcAbort('cancelled', undefined, 'the coordinator ends'));
    this.#wake?.();
    await this.#channel?.close();
    await this.#running;
  }

  #takeId(): number {
    do this.#nextId = this.#nextId >= 0xffff_ffff ? 1 : this.#nextId + 1;
    while (this.#pending.has(this.#nextId));
    return this.#nextId;
  }

  async #run(): Promise<void> {
    let pause: number = coordinatorLimits.reconnectMsMin;
    while (!this.#closing.signal.aborted) {
      const address = this.#address;
      if (address === undefined) {
        await this.#rest(undefined);
        continue;
      }
      try {
        const channel = await this.#connect(address);
        pause = coordinatorLimits.reconnectMsMin;
        await this.#serve(channel);
      } catch (error) {
        if (!(error instanceof MpcAbort)) throw error;
        this.#news.disconnected(error.message);
        if (this.#address === address) await this.#rest(pause);
        pause = Math.min(2 * pause, coordinatorLimits.reconnectMsMax);
      }
    }
  }

  async #connect(address: Address): Promise<SecureChannel> {
    const old = new AbortController();
    this.#wake = () => old.abort(new MpcAbort('disconnected', undefined, 'it listens elsewhere'));
    try {
      const membership = this.#membership(AbortSignal.any([this.#closing.signal, old.signal]));
      return await connectParty({ ...address, withinMs: 0 }).connect(membership, custodianName(this.index));
    } finally {
      this.#wake = undefined;
    }
  }

  /** Until the channel ends. Never rejects. */
  async #serve(channel: SecureChannel): Promise<void> {
    this.#channel = channel;
    const pulse = this.#pulse(channel);
    this.#begin();
    const bytesMax = custodianLimits.replyBytesMax + custodianLimits.requestHeadBytesMax;
    try {
      for (;;) {
        const message = await channel.receive(channelKind.toCoordinator, bytesMax);
        pulse.heard();
        this.#take(decodeFromCustodian(message, this.index));
      }
    } catch (error) {
      this.#broken(channel, error);
    } finally {
      pulse.stop();
    }
    await channel.closed;
  }

  #pulse(channel: SecureChannel): Pulse {
    return new Pulse(
      {
        arrived: () => channel.unread,
        isBusy: () => this.#pending.values().some(({ isLong }) => isLong),
        ping: () => {
          // Whatever comes then shows that it is there: nobody waits for this answer.
          const ping = encodeRequest({ id: this.#takeId(), kind: controlKinds.ping, body: none });
          channel.send(channelKind.toCustodian, ping).catch((error: unknown) => this.#broken(channel, error));
        },
        silent: () => this.#end('it does not answer'),
        back: () => this.#begin(),
      },
      this.#options.beatMs,
    );
  }

  #begin(): void {
    this.#connection = {};
    this.#news.connected();
  }

  #end(why: string): void {
    this.#connection = undefined;
    this.#news.disconnected(why);
    for (const { reject } of [...this.#pending.values()]) reject(this.#unavailable(why));
  }

  #take(message: FromCustodian): void {
    if (message.type === 'state') {
      this.#news.state(message.state);
      return;
    }
    // Nobody waits any more for what was called off or took too long.
    const pending = this.#pending.get(message.id);
    if (message.type === 'answer') pending?.resolve(message.body);
    else pending?.reject(abortOf(message.failure, this.index));
  }

  #broken(channel: SecureChannel, error: unknown): void {
    if (!(error instanceof MpcAbort || error instanceof ThresholdAbort)) throw error;
    channel.abort(error instanceof MpcAbort ? error : new MpcAbort('malformed', undefined, error.message));
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    this.#end(`the connection to it ended: ${error.message}`);
  }

  async #rest(ms: number | undefined): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #unavailable(why: string): ThresholdAbort {
    return new ThresholdAbort('unavailable', this.index, why);
  }
}
