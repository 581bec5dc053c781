/**
 * Code packages: zip files are looked at, kept once for an account, and unpacked into folders that functions run from. Layers of a
 * function become one folder.
 */
import { createHash } from 'node:crypto';
import { lambdaLimits } from '../limits.ts';
import type { PackageRef } from '../model/function-rows.ts';
import type { LambdaBase } from '../store/context.ts';
import type { LayerFolders, Packages } from './api.ts';
import { FolderCache, type HeldFolder } from './folder-cache.ts';
import { packageLimits } from './limits.ts';
import { refusal, zipTooLarge } from './rules.ts';
import { IncomingZip, PackageStore } from './store.ts';
import { Unpacker } from './unpacker.ts';
import { ZipRefused } from './zip-refused.ts';

export type * from './api.ts';
export { blobRef, packagesTable } from './package-rows.ts';
export { readWhole } from './zip-contents.ts';
export { readZip } from './zip-reader.ts';

export interface PackagesOptions {
  /** Of unpacked folders on disk that nobody holds. */
  readonly cacheBytes?: number;
}

export interface OpenPackages extends Packages, LayerFolders {
  /** Threads end; what is unpacked stays for the next start. */
  close(): Promise<void>;
}

/** @param folder for what is unpacked; of this process alone, made when it is needed, may be removed between two starts */
export function createPackages(
  base: LambdaBase,
  folder: string,
  { cacheBytes = packageLimits.cacheBytes }: PackagesOptions = {},
): OpenPackages {
  const store = new PackageStore(base);
  const unpacker = new Unpacker();
  const cache = new FolderCache(folder, cacheBytes, base.logger);

  const unpacked = (ref: PackageRef): Promise<HeldFolder> =>
    cache.hold(hexOf(ref), (path) => unpacker.unpack(store.read(ref), ref.size, ref.sha256, path));

  return {
    async stage(account, zip, unpackedMax) {
      if (zip.length > lambdaLimits.zipFromS3Max) throw zipTooLarge(lambdaLimits.zipFromS3Max);
      const { sha256, unpackedSize } = await unpacker.examine(zip, unpackedMax).catch((error: unknown) => {
        throw error instanceof ZipRefused ? refusal(error, unpackedMax) : error;
      });
      const ref: PackageRef = { account, sha256, size: zip.length, unpackedSize };
      const bytes = new IncomingZip(base, ref, zip);
      if ((await store.get(ref)) === undefined) await bytes.blob();
      return {
        ref,
        keep: (uses = 1) => store.change(ref, uses, bytes),
        discard: () => bytes.drop(),
      };
    },
    keep: (ref, uses = 1) => store.change(ref, uses),
    release: (ref, uses = 1) => store.change(ref, -uses),
    read: (ref, signal) => store.read(ref, signal),
    blobOf: (ref) => store.blobOf(ref),
    folder: unpacked,
    merged: (layers) =>
      layers.length === 1
        ? unpacked(layers[0]!)
        : cache.hold(mergedName(layers), async (path) => {
            const held = await Promise.allSettled(layers.map(unpacked));
            try {
              const folders = held.map((outcome) => {
                if (outcome.status === 'rejected') throw outcome.reason;
                return outcome.value.path;
              });
              return await unpacker.merge(folders, path);
            } finally {
              for (const outcome of held) if (outcome.status === 'fulfilled') outcome.value.release();
            }
          }),
    async close() {
      await unpacker.stop();
      await cache.close();
    },
  };
}

const hexOf = ({ sha256 }: PackageRef): string => Buffer.from(sha256, 'base64').toString('hex');

function mergedName(layers: readonly PackageRef[]): string {
  const hash = createHash('sha256');
  for (const layer of layers) hash.update(Buffer.from(layer.sha256, 'base64'));
  return `opt-${hash.digest('hex')}`;
}
