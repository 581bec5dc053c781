/**
 * Zip files in the store: one blob for an account and hash, and a record beside it that counts who uses it. Every change of the count is
 * conditional on the count that was read, also from absent, so that of two gateways one begins again; the blob comes with the first use
 * and goes with the last one, in the same transaction.
 */
import {
  type BlobRef,
  ConditionFailed,
  type DomainWrite,
  type StagedBlob,
  type StoredRecord,
} from '@hypergate/table';
import type { PackageRef } from '../model/function-rows.ts';
import type { LambdaBase } from '../store/context.ts';
import {
  accountPartition,
  blobRef,
  blobRow,
  type PackageRow,
  packageKey,
  packagesTable,
} from './package-rows.ts';

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

/** By how much the uses of a package change. @param incoming its bytes, where it may not be there yet */
export interface UseChange {
  readonly ref: PackageRef;
  readonly by: number;
  readonly incoming?: IncomingZip;
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

  /** Changes of one package are one write, as a transaction writes a record once. */
  async changeUses(changes: readonly UseChange[]): Promise<readonly DomainWrite[]> {
    const sums = new Map<string, UseChange>();
    for (const change of changes) {
      const name = `${change.ref.account}/${change.ref.sha256}`;
      const { by = 0, incoming } = sums.get(name) ?? {};
      const either = incoming ?? change.incoming;
      sums.set(name, { ref: change.ref, by: by + change.by, ...(either && { incoming: either }) });
    }
    const writes: DomainWrite[] = [];
    for (const change of sums.values()) if (change.by !== 0) writes.push(...(await this.#change(change)));
    return writes;
  }

  async #change({ ref, by, incoming }: UseChange): Promise<readonly DomainWrite[]> {
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

  /** Bytes of an account's zip files, counted once for each use, as GetAccountSettings shows them. */
  async codeSize(account: string): Promise<number> {
    const cursor = this.#base.domain.cursor(packagesTable, accountPartition(account), {});
    let sum = 0;
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const projection = Buffer.from(entry.projection);
      sum += Number(projection.readBigUInt64BE(0)) * Number(projection.readBigUInt64BE(8));
    }
    return sum;
  }
}

const sliceBytes = 256 * 1024;

async function* slices(zip: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < zip.length; at += sliceBytes) yield zip.subarray(at, at + sliceBytes);
}
