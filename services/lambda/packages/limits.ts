/** Limits of packages beyond AWS's own (`../limits.ts`). Bytes unless the name says otherwise. */
const KiB = 1024;
const MiB = 1024 * KiB;

export const packageLimits = {
  /** Files, folders and links of one package, with folders that only stand in the paths of others. */
  entriesMax: 100_000,
  /** Of a path in a package; with the folder that it is unpacked into it stays below PATH_MAX of Linux. */
  pathBytesMax: 3 * KiB,
  /** Of one part of a path: NAME_MAX. */
  nameBytesMax: 255,
  /** Parts of a path. */
  depthMax: 128,
  /** Of what a symbolic link points to. */
  linkBytesMax: 4095,
  /** Links on the way to what a link points to, as in Linux. */
  linkHopsMax: 40,
  /** Parts of paths that are looked at for all links of a package. */
  linkStepsMax: 2_000_000,
  /** Unpacked folders on disk that nobody holds. */
  cacheBytes: 2048 * MiB,
  /** Threads that look at packages or unpack them; each has one zip file in memory. */
  threadsMax: 2,
  /** Of the heap of such a thread: the directory of the largest package takes less. */
  threadHeapMb: 256,
  /** Smaller ones are not worth a thread: they take less than ten milliseconds. */
  inlineZipMax: 64 * KiB,
  inlineUnpackedMax: 1 * MiB,
  inlineEntriesMax: 64,
  /** Files up to this size are inflated by one call, larger ones in pieces. */
  wholeFileMax: 1 * MiB,
  pieceBytes: 256 * KiB,
  /** Copied, encrypted or decrypted between two looks at other work. */
  copyBytes: 1 * MiB,
} as const;
