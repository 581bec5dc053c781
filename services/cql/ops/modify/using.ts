/** `USING TIMESTAMP … AND TTL …`: checked values of one execution. Behaviour and messages: Apache Cassandra 4.0, `cql3.Attributes`. */
import { invalid } from '../../errors.ts';
import type { Using } from '../../parser/ast.ts';
import type { TableSchema } from '../../schema/model.ts';
import { int32At, int64At } from '../../types/binary.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedTerm, TermContext } from '../terms/api.ts';
import { timestampSpec, ttlSpec } from '../terms/specs.ts';
import { prepareTerm } from '../terms/terms.ts';
import { modifyLimits } from './limits.ts';

type Values = readonly BoundValue[];

const leastTimestamp = -(2n ** 63n);

export function prepareTimestamp(
  { timestamp }: Using,
  table: TableSchema,
  context: TermContext,
): PreparedTerm | undefined {
  return timestamp === undefined ? undefined : prepareTerm(timestamp, timestampSpec(table), context);
}

export function prepareTtl(
  { timeToLive }: Using,
  spec: ColumnSpec,
  context: TermContext,
): PreparedTerm | undefined {
  return timeToLive === undefined ? undefined : prepareTerm(timeToLive, spec, context);
}

/** @returns undefined: it is not given */
export function boundTimestamp(term: PreparedTerm | undefined, values: Values): bigint | undefined {
  const value = term?.bind(values);
  if (value === undefined || value === 'unset') return undefined;
  if (value === null) throw invalid('Invalid null value of timestamp');
  if (value.length !== 8) throw invalid('Invalid timestamp value: it is empty');
  return checkedTimestamp(int64At(value, 0));
}

/** The least number stands for no time. */
export function checkedTimestamp(timestamp: bigint): bigint {
  if (timestamp === leastTimestamp)
    throw invalid(`Out of bound timestamp, must be in [${leastTimestamp + 1n}, ${2n ** 63n - 1n}]`);
  return timestamp;
}

/** How long what a statement writes to a table lives. */
export class TimeToLive {
  /** USING says it. */
  readonly isGiven: boolean;
  private readonly table: TableSchema;
  private readonly term: PreparedTerm | undefined;
  private readonly ofTable: number;

  constructor(table: TableSchema, using: Using, context: TermContext) {
    this.table = table;
    this.term = prepareTtl(using, ttlSpec(table), context);
    this.isGiven = this.term !== undefined;
    this.ofTable = table.isCounter ? 0 : Number(table.params.default_time_to_live ?? 0);
  }

  /** @param now seconds since 1970, of the server */
  bind(values: Values, now: number): number {
    if (this.term === undefined) return this.checked(this.ofTable, now, 'default ');
    const value = this.term.bind(values);
    if (value === 'unset') return this.ofTable;
    if (value === null || value.length === 0) return 0;
    const ttl = int32At(value, 0);
    if (ttl < 0) throw invalid(`A TTL must be greater or equal to 0, but was ${ttl}`);
    if (ttl > modifyLimits.ttlSecondsMax)
      throw invalid(`ttl is too large. requested (${ttl}) maximum (${modifyLimits.ttlSecondsMax})`);
    return this.checked(ttl, now, '');
  }

  private checked(ttl: number, now: number, whose: string): number {
    if (ttl === 0 || now + ttl <= modifyLimits.expiresAtMax) return ttl;
    const { keyspace, name } = this.table;
    throw invalid(
      `Request on table ${keyspace}.${name} with ${whose}ttl of ${ttl} seconds exceeds maximum supported expiration date of ` +
        '2038-01-19T03:14:06+00:00. In order to avoid this use a lower TTL, change the expiration date overflow policy or upgrade ' +
        'to a version where this limitation is fixed. See CASSANDRA-14092 for more details.',
    );
  }
}
