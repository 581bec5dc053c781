/**
 * From a request to its answer. Handlers are rows by kind; whether a request may use a key is decided here, before any handler sees
 * it. Requests are answered in the order in which they finish.
 */
import type { Bytes } from '../../../api/index.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Handler, Party } from '../party.ts';
import { type Authorisation, asAbort } from './authorisation.ts';
import { controlPrefix, eraseKind } from './format/control.ts';
import { checkKind, decodeRequest, encodeAnswer, encodeFailure, type Request } from './format/envelope.ts';
import { custodianLimits } from './limits.ts';
import type { Standing } from './standing.ts';
import { Workload } from './workload.ts';

/** A request of the custodian's own, beside those of protocols. */
export type ControlHandler = (request: Request) => Promise<Bytes>;

export interface DispatchModules {
  readonly party: Party;
  readonly handlers: readonly Handler[];
  readonly authorisation: Authorisation;
  readonly standing: Standing;
  /** Something failed that should not have. Holds no secret. */
  readonly report: (what: string, error: unknown) => void;
}

const noBytes = new Uint8Array(0);

export class Dispatch {
  /** Longest request that is read. */
  readonly requestBytesMax: number;
  readonly bodyBytesMax: number;
  readonly #modules: DispatchModules;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #control = new Map<string, ControlHandler>();
  readonly #workload = new Workload(custodianLimits);

  constructor(modules: DispatchModules) {
    const { handlers } = modules;
    for (const { kind } of handlers) {
      checkKind(kind);
      if (kind.startsWith(controlPrefix) && kind !== eraseKind)
        throw new RangeError(`${kind} is a kind of the custodian's own`);
    }
    this.#modules = modules;
    this.#handlers = new Map(handlers.map((handler) => [handler.kind, handler]));
    if (this.#handlers.size !== handlers.length) throw new RangeError('two handlers of one kind');
    this.bodyBytesMax = Math.max(
      custodianLimits.replyBytesMax + custodianLimits.requestHeadBytesMax,
      custodianLimits.evidenceBytesMax,
      ...handlers.map(({ bodyBytesMax }) => bodyBytesMax + custodianLimits.requestHeadBytesMax),
    );
    this.requestBytesMax =
      this.bodyBytesMax +
      custodianLimits.taskBytesMax +
      custodianLimits.evidenceBytesMax +
      custodianLimits.requestHeadBytesMax;
  }

  addControl(kind: string, handler: ControlHandler): void {
    this.#control.set(kind, handler);
  }

  /** @returns the encoded answer; never rejects. @throws ThresholdAbort at once, when the bytes are no request */
  answer(bytes: Bytes): Promise<Bytes> {
    const request = decodeRequest(bytes, this.bodyBytesMax);
    // The coordinator's own are few and small, and what waits may wait for them.
    if (this.#control.has(request.kind)) return this.#settle(request);
    const busy = new ThresholdAbort('unavailable', undefined, 'it has too much to do');
    const { id } = request;
    return (
      this.#workload.run(bytes.length, () => this.#settle(request)) ??
      Promise.resolve(encodeFailure(id, busy))
    );
  }

  /** A message of a handler with access `free`. @throws ThresholdAbort */
  free(kind: string, body: Bytes): Promise<Bytes> {
    const handler = this.#handlerOf(kind, body);
    if (handler.access !== 'free') throw new ThresholdAbort('malformed', undefined, `${kind} needs a task`);
    return handler.handle(this.#modules.party, { body });
  }

  async #settle(request: Request): Promise<Bytes> {
    try {
      const body = await this.#handle(request);
      if (body.length > custodianLimits.replyBytesMax) throw new RangeError('an answer is too long');
      return encodeAnswer(request.id, body);
    } catch (error) {
      return encodeFailure(request.id, this.#translate(request.kind, error));
    }
  }

  async #handle(request: Request): Promise<Bytes> {
    const { kind, body, authorised } = request;
    const control = this.#control.get(kind);
    if (control !== undefined) return control(request);
    const handler = this.#handlerOf(kind, body);
    const { party, authorisation, standing } = this.#modules;
    if (handler.access === 'free') return handler.handle(party, { body });
    if (authorised === undefined) throw new ThresholdAbort('malformed', undefined, `${kind} needs a task`);
    standing.requireReady();
    const task = await authorisation.taskOf(authorised);
    // It may have learned meanwhile that it missed something.
    standing.requireReady();
    return handler.handle(party, { body, task });
  }

  #handlerOf(kind: string, body: Bytes): Handler {
    const handler = this.#handlers.get(kind);
    if (handler === undefined) throw new ThresholdAbort('malformed', undefined, 'no such kind of request');
    if (body.length > handler.bodyBytesMax)
      throw new ThresholdAbort('malformed', undefined, `${kind}: the request is too long`);
    return handler;
  }

  #translate(kind: string, error: unknown): ThresholdAbort {
    try {
      return asAbort(error);
    } catch (unexpected) {
      // Its text may hold anything: it stays here.
      this.#modules.report(`a request of kind ${kind} failed`, unexpected);
      return new ThresholdAbort('unavailable', undefined, 'it failed: its log says why');
    }
  }
}

/** A handler for tasks that erase. */
export const eraseHandler: Handler = {
  kind: eraseKind,
  access: 'task',
  bodyBytesMax: 0,
  async handle({ keys }, { task }) {
    if (task?.kind !== 'erase') throw new ThresholdAbort('malformed', undefined, 'the task is another');
    await keys.remove(task.handle);
    return noBytes;
  },
};
