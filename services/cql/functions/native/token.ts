/** `token(...)`: where a partition key stands. Its arguments are those of the table's key. */
import type { TableSchema } from '../../schema/model.ts';
import { bytesOfInt64 } from '../../types/binary.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { tokenOf } from '../../types/token.ts';
import type { ScalarFunction } from '../api.ts';
import { native, scalar } from './make.ts';

export function tokenFunction(table: TableSchema): ScalarFunction {
  const argumentTypes = table.partitionKey.map(({ type }) => type);
  return scalar({ name: 'token', argumentTypes, returnType: native('bigint') }, (...values) =>
    bytesOfInt64(tokenOf(encodePartitionKey(values))),
  );
}
