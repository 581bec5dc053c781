/** The write-ahead log of an instance: in the hypergraph, from its engine, to its standbys. */
export { WalError, type WalErrorCode } from './errors.ts';
export type { TimelineHistory, TimelineSpan } from './timelines.ts';
export {
  type WalBounds,
  WalLog,
  type WalLogModules,
  type WalLogOptions,
  type WalLogStats,
} from './wal-log.ts';
export {
  ForeignEngine,
  WalReceiver,
  type WalReceiverEnd,
  type WalReceiverModules,
  type WalReceiverOptions,
} from './wal-receiver.ts';
export { type StandbyStatus, WalSender, type WalSenderOptions } from './wal-sender.ts';
