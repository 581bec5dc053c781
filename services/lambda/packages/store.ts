/**
 * Zip files in the store: one blob for an account and hash, and a record beside it that counts who uses it. Every change of the count is
 * conditional on the count that was read, also from absent, so that of two gateways one begins again; the blob comes with the first use
 * and goes with the last one, in the same transaction.
 */
import { setImmediate } from 'node:timers/promises';
import {
  type BlobRef,
  ConditionFailed,
  type DomainWrite,
  type StagedBlob,
  type StoredRecord,
} from '@hypergate/table';
import type { PackageRef } from '../model/function-rows.ts';
import type { LambdaBase } from '../store/context.ts';
import { packageLimits } from './limits.ts';
import { blobRef, blobRow, type PackageRow, packageKey, packagesTable } from './package-rows.ts';

/** A zip file on its way in. Its blob is staged again when it turns out to be needed after all. */
export class IncomingZip {
  readonly ref: PackageRef;
  readonly #zip: Uint8Array;
  readonly #base: LambdaBase;
  #staged: StagedBlob | undefined;

  constructor(base: LambdaBase, ref: PackageRef, zip: Uint8Array) {
    this.#base = base;
    this.ref = ref;
    this.#zip = zip;
  }

  async blob(): Promise<StagedBlob> {
    this.#staged ??= await this.#base.domain.stageBlob(slices(this.#zip));
    return this.#staged;
  }

  /** No transaction takes the blob: its space is given back. */
  drop(): void {
    if (this.#staged !== undefined) this.#base.tables.unstage?.(this.#staged);
    this.#staged = undefined;
  }
}

export class PackageStore {
  readonly #base: LambdaBase;
  constructor(base: LambdaBase) {
    this.#base = base;
  }

  get(ref: PackageRef): Promise<StoredRecord<PackageRow> | undefined> {
    return this.#base.domain.get(packagesTable, packageKey(ref));
  }

  async blobOf(ref: PackageRef): Promise<BlobRef | undefined> {
    const record = await this.get(ref);
    return record && blobRef(record.row.blob);
  }

  async *read(ref: PackageRef, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const blob = await this.blobOf(ref);
    if (blob === undefined) throw new Error('the package is not kept');
    yield* this.#base.domain.readBlob(blob, 0, blob.length, signal);
  }

  /**
   * @param by uses that are added, or taken when negative
   * @param incoming its bytes, where it may not be there yet
   * @throws ConditionFailed when it is not there (any more)
   */
  async change(ref: PackageRef, by: number, incoming?: IncomingZip): Promise<readonly DomainWrite[]> {
    const { domain } = this.#base;
    const record = { domain, table: packagesTable, key: packageKey(ref) };
    const there = await this.get(ref);
    const uses = (there?.row.uses ?? 0) + by;
    // Whoever named it had read what was overtaken: a package is there as long as a version names it.
    if (uses < 0 || (there === undefined && incoming === undefined)) throw new ConditionFailed(0);
    if (there === undefined) {
      const blob = await incoming!.blob();
      const row: PackageRow = { blob: blobRow(blob), size: ref.size, unpackedSize: ref.unpackedSize, uses };
      return [
        { kind: 'put', ...record, row, condition: 'absent' },
        { kind: 'put-blob', domain, blob },
      ];
    }
    incoming?.drop();
    const condition = { revision: there.revision };
    if (uses > 0) return [{ kind: 'put', ...record, row: { ...there.row, uses }, condition }];
    return [
      { kind: 'remove', ...record, condition },
      { kind: 'remove-blob', domain, blob: blobRef(there.row.blob) },
    ];
  }
}

const sliceBytes = 256 * 1024;

/** What takes them encrypts them at once, so others have their turn in between. */
async function* slices(zip: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < zip.length; at += sliceBytes) {
    if (at > 0 && at % packageLimits.copyBytes === 0) await setImmediate();
    yield zip.subarray(at, at + sliceBytes);
  }
}
