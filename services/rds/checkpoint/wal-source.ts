/** The write-ahead log as restoring needs it, from wherever it is kept. */
import type { Lsn, Timeline } from '../model/lsn.ts';

export interface WalSource {
  /** Where the certified log ends, on its newest timeline. */
  end(): Promise<{ readonly timeline: Timeline; readonly lsn: Lsn }>;
  /** Of all timelines that have one, by number: each begins with those of its ancestors. */
  historyFiles(): Promise<readonly { readonly timeline: Timeline; readonly text: string }[]>;
  /**
   * The bytes [from, to) as the files of this timeline have them: what lies before the timeline began is its parent's. In pieces
   * of any size, none of which is written to again.
   * @throws when one of them is not there
   */
  read(timeline: Timeline, from: Lsn, to: Lsn, signal?: AbortSignal): AsyncIterable<Buffer>;
}
