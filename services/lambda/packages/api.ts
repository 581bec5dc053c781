/** Code packages: zip files as they are stored, and folders on disk that functions run from. */
import type { BlobRef, DomainWrite } from '@hypergate/table';
import type { PackageRef } from '../model/function-rows.ts';

/** A zip file that was looked at and is on its way into the store. */
export interface StagedPackage {
  readonly ref: PackageRef;
  /** For the transaction that names it: the package is kept, or counted once more. Read again after `ConditionFailed`. */
  keep(): Promise<readonly DomainWrite[]>;
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
  /** For the transaction that forgets one use of it: the last one takes the bytes along. */
  release(ref: PackageRef): Promise<readonly DomainWrite[]>;
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

/** A change of how often a package is used. */
export interface PackageUse {
  readonly package: StagedPackage | PackageRef;
  /** 1: a version more that has it; -1: one less. */
  readonly by: number;
}

/** For transactions that touch several uses: a version that is published, a function that goes with all of its versions. */
export interface PackageUses {
  /**
   * A package that is named more than once is written once, with the sum. Read again after `ConditionFailed`.
   * @throws ConditionFailed when one is not there any more: whoever named it was overtaken
   */
  changeUses(changes: readonly PackageUse[]): Promise<readonly DomainWrite[]>;
  /** Bytes of an account's zip files, counted for each use: GetAccountSettings' `TotalCodeSize`. */
  codeSize(account: string): Promise<number>;
}

export interface LayerFolders {
  /**
   * What functions see in `/opt`: layers in their order, where later ones replace what earlier ones brought. Made once, as `folder`.
   * Without layers the folder is empty.
   */
  merged(layers: readonly PackageRef[]): Promise<{ readonly path: string; release(): void }>;
}
