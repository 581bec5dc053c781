/** A storage of which some answers have to be waited for, as records have. */
import type { PartitionCursor, Reader, Soon, TableScan } from '../../../../engine/storage.ts';

export function lateReader(reader: Reader, isLate: () => boolean): Reader {
  const soon = <Result>(result: Soon<Result>): Soon<Result> =>
    isLate() ? Promise.resolve().then(() => result) : result;
  const cursorOf = (cursor: PartitionCursor | undefined): PartitionCursor | undefined =>
    cursor && {
      key: cursor.key,
      token: cursor.token,
      deletion: cursor.deletion,
      statics: cursor.statics,
      next: () => soon(cursor.next()),
      covering: (clustering) => cursor.covering(clustering),
      latestIn: (slice) => cursor.latestIn(slice),
    };
  const scanOf = (scan: TableScan): TableScan => ({
    next: () => soon(cursorOf(scan.next() as PartitionCursor | undefined)),
  });
  return {
    read: (table, key, options) =>
      soon(cursorOf(reader.read(table, key, options) as PartitionCursor | undefined)),
    scan: (table, range, options) => scanOf(reader.scan(table, range, options)),
  };
}
