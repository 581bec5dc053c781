/** `lambda.packages`: zip files of accounts by their hash, with how often versions and layers name them. */
import { type BlobRef, jsonFormat, type RecordKey, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import type { PackageRef } from '../model/function-rows.ts';

export const packageRow = z.strictObject({
  blob: z.strictObject({ id: z.hex(), length: z.number().int(), chunkBytes: z.number().int() }),
  size: z.number().int(),
  unpackedSize: z.number().int(),
  /** At least one: without it the record is gone. */
  uses: z.number().int().positive(),
});
export type PackageRow = z.output<typeof packageRow>;

export const packagesTable: TableDefinition<PackageRow> = {
  name: 'lambda.packages',
  description: 'Code packages: blob, sizes, how often they are used',
  formats: [jsonFormat(packageRow)],
  index: () => Buffer.alloc(0),
};

export const packageKey = ({ account, sha256 }: Pick<PackageRef, 'account' | 'sha256'>): RecordKey => ({
  partition: Buffer.from(account),
  sort: Buffer.from(sha256, 'base64'),
});

export const blobRow = ({ id, length, chunkBytes }: BlobRef): PackageRow['blob'] => ({
  id: Buffer.from(id).toString('hex'),
  length,
  chunkBytes,
});

export const blobRef = ({ id, length, chunkBytes }: PackageRow['blob']): BlobRef => ({
  id: Buffer.from(id, 'hex'),
  length,
  chunkBytes,
});
