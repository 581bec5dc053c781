/** Limits of a custodian and of its channel. Bytes, milliseconds, counts. */
import { nodeLimits } from '../../../api/index.ts';

export const custodianLimits = {
  /** A signed batch with its certificate, and the call that it records. */
  evidenceBytesMax: nodeLimits.batchBytesMax + 2 * 1024 * 1024,
  /** An encoded task: messages to be signed are the longest. */
  taskBytesMax: 128 * 1024,
  /** What a request has beside task, evidence and body. */
  requestHeadBytesMax: 512,
  kindCharsMax: 64,
  replyBytesMax: 4 * 1024 * 1024,
  reasonCharsMax: 256,

  /** Requests that are worked on at once, and what waits behind them; more are turned away. */
  runningMax: 256,
  waitingMax: 4096,
  waitingBytesMax: 64 * 1024 * 1024,

  /** Silence of the other end after which a channel counts as broken. */
  channelIdleMs: 30_000,
  /** What the coordinator may send before the custodian reads it; then its sending waits. */
  channelUnreadBytesMax: 16 * 1024 * 1024,

  /** Decoded shares that are kept in memory. */
  sharesRememberedMax: 8192,
  shareBytesMax: 1024 * 1024,
  /** Subsets of custodians that one is a member of. */
  prssKeysMax: 1024,
  valueNameCharsMax: 512,
  valueBytesMax: 4 * 1024 * 1024,
  listMax: 4096,
  /** Evidence that was checked lately, for rounds of one call. */
  evidenceRememberedMax: 64,

  /** Of one page of snapshots; a single subject may be larger, up to `subjectBytesMax`. */
  pageSubjectsMax: 256,
  pageBytesMax: 512 * 1024,
  subjectBytesMax: 2 * 1024 * 1024,
  subjectCharsMax: 512,
  /** Custodians that were replaced one after the other since the committee was founded. */
  handoversMax: 256,
  addressCharsMax: 45,
} as const;
