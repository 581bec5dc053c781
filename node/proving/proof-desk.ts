/** Who waits for which proof, and what their slots held when it mattered. */
import { NodeError, type ProofItem, type ProofRequest } from '../api/index.ts';
import { provingLimits } from './limits.ts';
import type { ItemContent } from './messages.ts';

export interface ProofDeskModules {
  post(id: number, items: readonly ItemContent[], delay: boolean): void;
  read(item: ProofItem): ItemContent;
}

interface Asked {
  readonly request: ProofRequest;
  readonly answer: PromiseWithResolvers<Uint8Array>;
  /** The slots at the last cut; undefined before one was made. */
  atCut: readonly ItemContent[] | undefined;
  /** The prover looks at it. */
  posted: boolean;
  /** With the slots as they were at the cut of the last frame: that frame shows them, or nothing ever will. */
  isFinal: boolean;
}

export class ProofDesk {
  readonly #modules: ProofDeskModules;
  readonly #asked = new Map<number, Asked>();
  #next = 0;
  /** The frame of the last cut is signed. */
  #signed = true;

  constructor(modules: ProofDeskModules) {
    this.#modules = modules;
  }

  get waiting(): number {
    return this.#asked.size;
  }

  /** Tries the last frame at once. @throws NodeError `overloaded`, `aborted` */
  async ask(request: ProofRequest, signal?: AbortSignal): Promise<Uint8Array> {
    if (signal?.aborted) throw new NodeError('aborted', 'the proof was given up', { cause: signal.reason });
    if (this.#asked.size >= provingLimits.proofsWaitingMax) {
      throw new NodeError('overloaded', 'too many proofs are asked for');
    }
    const id = this.#next++;
    const asked: Asked = {
      request,
      answer: Promise.withResolvers<Uint8Array>(),
      atCut: undefined,
      posted: false,
      isFinal: false,
    };
    this.#asked.set(id, asked);
    this.#post(
      id,
      asked,
      request.items.map((item) => this.#modules.read(item)),
    );
    const abort = (): void =>
      asked.answer.reject(new NodeError('aborted', 'the proof was given up', { cause: signal?.reason }));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await asked.answer.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#asked.delete(id);
    }
  }

  /** A frame is cut now: whoever still waits gets it. */
  cut(): void {
    this.#signed = false;
    for (const asked of this.#asked.values()) {
      asked.atCut = asked.request.items.map((item) => this.#modules.read(item));
    }
  }

  /** The frame that was cut is signed. */
  framed(): void {
    this.#signed = true;
    for (const [id, asked] of this.#asked) if (!asked.posted) this.#postCut(id, asked);
  }

  proven(id: number, proof: Uint8Array): void {
    this.#asked.get(id)?.answer.resolve(proof);
  }

  /** The last frame shows something else: the next will do, unless its cut is to come. */
  stale(id: number): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    if (asked.isFinal) {
      asked.answer.reject(new NodeError('aborted', 'the state was emptied while the proof was made'));
      return;
    }
    asked.posted = false;
    if (this.#signed) this.#postCut(id, asked);
  }

  /** No frame shows anything now: all wait for the next. */
  lost(): void {
    this.#signed = true;
    for (const asked of this.#asked.values()) {
      asked.atCut = undefined;
      asked.posted = false;
      asked.isFinal = false;
    }
  }

  refused(id: number, message: string): void {
    this.#asked.get(id)?.answer.reject(new NodeError('malformed', message));
  }

  refuseAll(error: NodeError): void {
    for (const { answer } of this.#asked.values()) answer.reject(error);
  }

  /** Nothing when it was asked for after the last cut. */
  #postCut(id: number, asked: Asked): void {
    const { atCut } = asked;
    asked.atCut = undefined;
    if (atCut === undefined) return;
    asked.isFinal = true;
    this.#post(id, asked, atCut);
  }

  #post(id: number, asked: Asked, items: readonly ItemContent[]): void {
    asked.posted = true;
    this.#modules.post(id, items, asked.request.delay === true);
  }
}
