/** Code packages: zip files as they are stored, and folders on disk that functions run from. */
import type { BlobRef, DomainWrite } from '@hypergate/table';
import type { PackageRef } from '../model/function-rows.ts';

/** A zip file that was looked at and is on its way into the store. */
export interface StagedPackage {
  readonly ref: PackageRef;
  /**
   * For the transaction that names it: the package is kept, or counted as often more. Read again after `ConditionFailed`.
   * @param uses how many records of the transaction name it; 1 unless given
   */
  keep(uses?: number): Promise<readonly DomainWrite[]>;
  /** It was refused elsewhere. */
  discard(): void;
}

export interface Packages {
  /**
   * Looks at a zip file and stages its bytes. Files beyond the limits, paths that lead out of the folder, links that do, bombs and whatever
   * unzip would refuse are refused.
   * @param unpackedMax what may come out of it, bytes
   * @throws LambdaError InvalidZipFileException, InvalidParameterValueException
   */
  stage(account: string, zip: Uint8Array, unpackedMax: number): Promise<StagedPackage>;
  /**
   * For the transaction in which further records name a package that is kept: a version that is published, a function with a layer. A
   * package stands in one transaction once, so uses that come and go in it are added up before.
   * @throws ConditionFailed when it is gone: whoever named it has changed meanwhile, and is to be read again
   */
  keep(ref: PackageRef, uses?: number): Promise<readonly DomainWrite[]>;
  /** For the transaction that forgets uses of it (1 unless given): the last one takes the bytes along. */
  release(ref: PackageRef, uses?: number): Promise<readonly DomainWrite[]>;
  /** The zip file. */
  read(ref: PackageRef, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Its blob, for copies. */
  blobOf(ref: PackageRef): Promise<BlobRef | undefined>;
  /**
   * A folder with its files, unpacked once; it stays while somebody holds it.
   * @returns the folder and what gives it back
   */
  folder(ref: PackageRef): Promise<{ readonly path: string; release(): void }>;
}

export interface LayerFolders {
  /**
   * What functions see in `/opt`: layers in their order, where later ones replace what earlier ones brought. Made once, as `folder`.
   * Without layers the folder is empty.
   */
  merged(layers: readonly PackageRef[]): Promise<{ readonly path: string; release(): void }>;
}
