import type { Position, Transaction } from '../api/index.ts';
import type { StateKey } from '../hypergraph/index.ts';
import type { KvRange } from '../store/kv.ts';

export interface LoggedTransactions {
  readonly position: Position;
  /** Of the log before this position, tagged. */
  readonly previousHash: Uint8Array;
  readonly transactions: readonly Transaction[];
}

/** The node's state and log, as far as the prover reads them. */
export interface ProvenState {
  get(key: StateKey): Uint8Array | undefined;
  /** All entries at the moment of the call. */
  entries(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  /** Last applied position and the hash behind it. */
  head(): { readonly position: Position; readonly hash: Uint8Array };
  /** Position at which everything was last emptied; 0: never. */
  emptiedAt(): Position;
  /** First position that the log still keeps. */
  logFirst(): Position;
  /** Transactions of the log from a position to the last applied one. */
  transactions(from: Position): AsyncIterable<LoggedTransactions>;
  /** The log keeps this position and later ones. */
  retainFrom(position: Position): void;
}
