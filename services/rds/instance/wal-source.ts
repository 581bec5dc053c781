/** The write-ahead log in the hypergraph, as restoring reads it. */
import type { WalSource } from '../checkpoint/wal-source.ts';
import type { Lsn, Timeline } from '../model/lsn.ts';
import type { WalLog } from '../wal/wal-log.ts';

export function walSourceOf(log: WalLog): WalSource {
  return {
    end: async () => ({ timeline: log.timeline, lsn: log.certified }),
    historyFiles: async () =>
      log
        .history()
        .map(({ timeline }) => ({ timeline, text: log.historyFileText(timeline) }))
        .filter(({ text }) => text !== ''),
    read: (timeline: Timeline, from: Lsn, to: Lsn) => log.read(log.history(timeline), from, to),
  };
}
