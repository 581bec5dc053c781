/** What the gateway and the engine's process say to each other. Payloads: kit/bytes. */

/** From the engine's process. */
export const fromEngine = {
  /** The engine is made and can be loaded. */
  ready: 1,
  /** batch f64 ‖ effects: what happened in one turn, to be made durable in this order. */
  effects: 2,
  /** first batch not contained f64 ‖ state beside the keys: a checkpoint begins. */
  checkpointBegin: 3,
  /** Entries (process/checkpoint-entries.ts). */
  checkpointPiece: 4,
  /** last batch that an entry shows f64. */
  checkpointEnd: 5,
  /** A database was emptied or swapped meanwhile: ask again. */
  checkpointAbandoned: 6,
  /** request u32 ‖ keys left f64 ‖ states: answer to `fold` and `foldKey` (process/key-states.ts). */
  keyStates: 7,
  /** JSON: `EngineStats`, every few seconds. */
  stats: 8,
  /** level u8 ‖ text. */
  log: 9,
  /** Everything that happened was sent. */
  stopped: 10,
  /** request u32 ‖ number of keys f64: answer to `loaded` and `reset`. */
  answer: 11,
  /** u8: 1 when nobody waits for durability (`appendfsync` other than always). */
  lazy: 12,
} as const;

/** From the gateway. */
export const toEngine = {
  /** JSON: `EngineProcessOptions`; comes first. */
  options: 32,
  /** State beside the keys, then any number of pieces of a checkpoint. */
  loadState: 33,
  loadPiece: 34,
  /** batch f64 ‖ last batch of the checkpoint f64 ‖ effects: replayed in order. */
  loadEffects: 35,
  /** request u32 ‖ next batch f64: loaded, serve. */
  loaded: 36,
  /** batch f64: durable up to here. */
  durable: 37,
  /** Begin a checkpoint. */
  checkpoint: 38,
  /** request u32 ‖ most keys u32 ‖ most bytes u32 ‖ u8, 1 to begin a round: keys whose record is behind. */
  fold: 39,
  /** request u32 ‖ most bytes u32 ‖ database u8 ‖ key ‖ [element]: asked again while keys are left. */
  foldKey: 40,
  /** 1: the journal takes nothing now, refuse writes; 0: it does again. */
  failing: 41,
  /** Take nothing more from clients and say `stopped` when all that happened was sent. */
  stop: 42,
  /** request u32: give up every key. */
  reset: 43,
  /** batch f64: signed frames show all up to here. */
  framed: 45,
} as const;

/**
 * On the relay, a second pair of sockets that is also read while a script keeps the engine from its event loop. `id` is u32.
 * Connections that arrive while the engine is busy, and encrypted ones, stay with the gateway, which passes their bytes on for as
 * long as they last. The others go over the channel between the processes, each with its number.
 */
export const relayed = {
  /** From the engine: a script runs for long; it no longer does. */
  busy: 1,
  idle: 2,
  /** From the gateway: id ‖ JSON of the addresses. */
  open: 3,
  /** Both ways: id ‖ bytes. */
  data: 4,
  /** Both ways: id. The sender's side has ended. */
  end: 5,
  /** Both ways: id. */
  closed: 6,
  /** Both ways: id ‖ bytes u32. So much of `data` has gone on: the sender may send as much again. */
  taken: 7,
  /** From the engine: number u32. It has the socket of this number. */
  accepted: 8,
  /** From the gateway: number u32. A socket on its way is not to be accepted any more; answered unless it was. */
  withdraw: 9,
  withdrawn: 11,
  /** From the gateway: the lease lasts until then, f64: milliseconds of the clock that all processes of a machine share (`process.hrtime`). */
  lease: 10,
} as const;

export interface EngineProcessOptions {
  readonly password?: string | undefined;
  /** Heap limit that the launcher set, in bytes. */
  readonly heapBytes: number;
  /** Default of `maxmemory`, in bytes. */
  readonly maxmemory: number;
  readonly version: string;
  readonly port: number;
  /** `cluster-enabled` */
  readonly cluster: boolean;
}
