/** What the node's thread and the prover's thread say to each other. Buffers are handed over, never shared. */
import type { AtomKind } from '../api/index.ts';

/** An item of a proof as the state holds it now; views of the state's own bytes are copied before they are sent. */
export interface ItemContent {
  readonly domain: Uint8Array;
  readonly slot: Uint8Array;
  readonly kind: AtomKind;
  /** undefined: nothing of this kind is live in the slot. */
  readonly atom:
    | { readonly incarnation: Uint8Array; readonly revision: number; readonly content: Uint8Array }
    | undefined;
}

export interface FrameCut {
  readonly number: number;
  readonly timeMs: number;
  readonly position: number;
  /** Tagged hash. */
  readonly logHead: Uint8Array;
  /** Position at which the state was last emptied: the log does not tell of it. */
  readonly emptiedAt: number;
}

/** A frame that is signed and stored. */
export interface FrameInfo {
  readonly number: number;
  readonly timeMs: number;
  readonly position: number;
  /** Of the log at that position, tagged. */
  readonly logHead: Uint8Array;
  /** Of the header. */
  readonly hash: Uint8Array;
  /** Entries of phase sets that it changed. */
  readonly changed: number;
  /** Shards that stand in it. */
  readonly shards: number;
  readonly iterations: number;
  /** How long it was in the making, and the processor time of the prover's thread in it. */
  readonly buildMs: number;
}

/** From the genesis document. */
export interface ProvenNetwork {
  readonly name: string;
  readonly discriminantBits: number;
}

export type ToProver =
  | { readonly type: 'slab'; readonly buffer: ArrayBuffer; readonly length: number }
  | { readonly type: 'cut'; readonly cut: FrameCut }
  | {
      readonly type: 'prove';
      readonly id: number;
      readonly items: readonly ItemContent[];
      readonly delay: boolean;
    }
  /** Everything is forgotten, the changes that wait too. */
  | { readonly type: 'clear' }
  /**
   * Whole trees, in place of everything: entries of one set in the order of their keys (key 32 ‖ revision 8 ‖ data hash 33
   * each), in one or more messages, each answered; then `built`, answered too. Changes that were handed over stay and come on top.
   */
  | {
      readonly type: 'bulk';
      readonly domain: Uint8Array;
      readonly set: number;
      readonly entries: Uint8Array;
    }
  | { readonly type: 'built' }
  /** Asks for the atoms in the removes sets of the last frame. */
  | { readonly type: 'removals' }
  | { readonly type: 'close' };

export type FromProver =
  /** First message. `treesOf`: the stored trees are those of the last frame, with this `emptiedAt`; else undefined. `nextNumber`: no frame ever had it or a higher one. */
  | {
      readonly type: 'open';
      readonly last: FrameInfo | undefined;
      readonly nextNumber: number;
      readonly treesOf: { readonly emptiedAt: number } | undefined;
      readonly trustRoot: Uint8Array;
      readonly network: ProvenNetwork;
    }
  | { readonly type: 'slab'; readonly buffer: ArrayBuffer; readonly dirty: number }
  | { readonly type: 'bulk' }
  | { readonly type: 'frame'; readonly frame: FrameInfo }
  /** The frame could not be made, for want of space for instance: its changes are in the next one. */
  | { readonly type: 'delayed'; readonly number: number; readonly reason: string }
  /** The trees were damaged and are empty: they must be built again. Until then no frame is made, nor was that of a cut under way. */
  | { readonly type: 'lost'; readonly reason: string }
  | { readonly type: 'proof'; readonly id: number; readonly proof: Uint8Array }
  /** The last frame shows something else: a later one will have to do. */
  | { readonly type: 'stale'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number; readonly message: string }
  /** Ids of 64 bytes, one after another; an empty one ends them. */
  | { readonly type: 'removals'; readonly ids: Uint8Array }
  | { readonly type: 'closed' };

/** The prover, in a thread of its own or not. */
export interface ProverEngine {
  post(message: ToProver): void;
  /** Called with each message, and with what ended it when it ends unasked. */
  listen(onMessage: (message: FromProver) => void, onEnd: (error: unknown) => void): void;
}
