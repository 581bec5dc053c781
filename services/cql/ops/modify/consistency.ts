/** Which consistency levels writes may have. Messages: Apache Cassandra 4.0, `db.ConsistencyLevel`. */
import { invalid } from '../../errors.ts';
import type { TableSchema } from '../../schema/model.ts';
import { localSerialConsistency, type QueryOptions, serialConsistency } from '../api.ts';

const anyConsistency = 0x0000;

const isSerial = (consistency: number) =>
  consistency === serialConsistency || consistency === localSerialConsistency;

export function checkWriteConsistency({ consistency }: QueryOptions, table: TableSchema): void {
  if (table.isCounter) {
    if (consistency === anyConsistency)
      throw invalid(`Consistency level ANY is not yet supported for counter table ${table.name}`);
    if (isSerial(consistency)) throw invalid('Counter operations are inherently non-serializable');
  } else if (isSerial(consistency)) throw invalid('You must use conditional updates for serializable writes');
}

/** Of writes that look at the row before. */
export function checkReadFirst({ consistency }: QueryOptions): void {
  if (consistency === anyConsistency)
    throw invalid('Write operation require a read but consistency ANY is not supported on reads');
}

export function checkConditionalConsistency({ consistency, serialConsistency: serial }: QueryOptions): void {
  if (serial !== undefined && !isSerial(serial))
    throw invalid('Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL');
  if (isSerial(consistency)) {
    const name = consistency === serialConsistency ? 'SERIAL' : 'LOCAL_SERIAL';
    throw invalid(
      `${name} is not supported as conditional update commit consistency. Use ANY if you mean "make sure it is accepted but I don't care how many replicas commit it for non-SERIAL reads"`,
    );
  }
}
