/**
 * Storage as the tree sees it: pieces that are written once, read by reference and freed. `node/store/tree` keeps them in a
 * file; a piece freed here stays readable for the last committed state.
 */

/** Where a piece stands and what it must hold. */
export interface PieceRef {
  /** In units of `pieceUnitBytes`. */
  readonly at: number;
  readonly units: number;
  /** CRC-32 of the units: one that is damaged, or older than its reference, is noticed. */
  readonly crc: number;
}

/** A disk writes so many bytes whole; a piece never shares them with another one. */
export const pieceUnitBytes = 512;

/** Where pieces are read to that are needed for one piece of work only. */
export interface ReadMemory {
  take(length: number): Buffer;
}

export interface PieceReader {
  /**
   * The pieces in the order asked for, each padded with zeros to whole units.
   * @param memory may hold them; without it they are the caller's for good
   * @throws NodeError `corrupt`; then `memory` may still be written to and is not to be used again
   */
  read(refs: readonly PieceRef[], memory?: ReadMemory): Promise<Buffer[]>;
}

export interface Pieces extends PieceReader {
  /** Zeros for a piece that is given to `write` next: memory that the store uses again when the piece is written. */
  take(length: number): Buffer;
  /**
   * Takes the piece over: it is not changed afterwards. At once readable; on the disk after the next commit.
   * @param piece padded to whole units
   */
  write(piece: Buffer): PieceRef;
  /** Not read any more by the state being built. */
  free(ref: PieceRef): void;
  /** Waits while much that was written is still in memory. */
  drained(): Promise<void>;
}
