/** Packages whose bytes stand in memory and whose counts of uses stand in a table, so that they belong to transactions. */
import { createHash } from 'node:crypto';
import { ConditionFailed, type DomainWrite, jsonFormat, type RecordKey } from '@hypergate/table';
import { z } from 'zod';
import { lambdaError } from '../../engine/errors.ts';
import { lambdaLimits } from '../../limits.ts';
import type { PackageRef } from '../../model/function-rows.ts';
import type { Packages, StagedPackage } from '../../packages/api.ts';
import type { LambdaBase } from '../../store/context.ts';

const table = {
  name: 'lambda.test-packages',
  description: 'Uses of packages',
  formats: [jsonFormat(z.strictObject({ uses: z.number().int().positive() }))] as const,
  index: () => Buffer.alloc(0),
};
const partition = Buffer.from('packages');
const keyOf = ({ account, sha256 }: PackageRef): RecordKey => ({
  partition,
  sort: Buffer.from(`${account}/${sha256}`),
});

export class MemoryPackages implements Packages {
  readonly bytes = new Map<string, Uint8Array>();
  /** Staged, and neither kept nor given back yet. */
  open = 0;
  /** Of zip files that begin so: what they hold, where it is more than they have. */
  readonly unpacked = new Map<string, number>();
  readonly #base: LambdaBase;

  constructor(base: LambdaBase) {
    this.#base = base;
  }

  async stage(account: string, zip: Uint8Array, unpackedMax: number): Promise<StagedPackage> {
    const content = Buffer.from(zip).toString('latin1');
    if (!content.startsWith('PK'))
      throw lambdaError(
        'InvalidParameterValueException',
        'Could not unzip uploaded file. Please check your file, then try to upload again.',
      );
    const sha256 = createHash('sha256').update(zip).digest('base64');
    const unpackedSize = this.unpacked.get(content) ?? zip.length;
    if (unpackedSize > unpackedMax)
      throw lambdaError(
        'InvalidParameterValueException',
        `Unzipped size must be smaller than ${lambdaLimits.unpackedMax} bytes`,
      );
    const ref: PackageRef = { account, sha256, size: zip.length, unpackedSize };
    this.bytes.set(sha256, zip);
    this.open++;
    return {
      ref,
      keep: (uses = 1) => this.#count(ref, uses, true),
      discard: () => void this.open--,
    };
  }

  keep(ref: PackageRef, uses = 1): Promise<readonly DomainWrite[]> {
    return this.#count(ref, uses, false);
  }

  release(ref: PackageRef, uses = 1): Promise<readonly DomainWrite[]> {
    return this.#count(ref, -uses, false);
  }

  async #count(ref: PackageRef, by: number, mayBeNew: boolean): Promise<readonly DomainWrite[]> {
    const { domain } = this.#base;
    const key = keyOf(ref);
    const found = await domain.get(table, key);
    if (found === undefined && !mayBeNew) throw new ConditionFailed(0);
    const uses = (found?.row.uses ?? 0) + by;
    if (uses < 0) throw new Error('a package was given up more often than it was kept');
    const condition = found === undefined ? ('absent' as const) : { revision: found.revision };
    return [
      uses === 0
        ? { kind: 'remove', domain, table, key, condition }
        : { kind: 'put', domain, table, key, row: { uses }, condition },
    ];
  }

  /** By hash. */
  async uses(): Promise<Record<string, number>> {
    const { domain } = this.#base;
    const all: Record<string, number> = {};
    for (const { sort } of await domain.scan(table, partition, {})) {
      const found = await domain.get(table, { partition, sort });
      all[Buffer.from(sort).toString().split('/').slice(1).join('/')] = found!.row.uses;
    }
    return all;
  }

  async *read(ref: PackageRef): AsyncIterable<Uint8Array> {
    yield this.bytes.get(ref.sha256)!;
  }

  async blobOf(): Promise<undefined> {
    return undefined;
  }

  folder(): Promise<never> {
    throw new Error('nothing runs here');
  }
}
