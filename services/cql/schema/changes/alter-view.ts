/** ALTER MATERIALIZED VIEW … WITH. */
import { invalid } from '../../errors.ts';
import { withKeyspace, withTables } from '../keyspace.ts';
import type { Schema } from '../model.ts';
import type { Properties } from '../params/properties.ts';
import { alteredTableParams } from '../params/table-params.ts';
import { type Changed, changed, keyspaceToChange, tableChange, unchanged } from './change.ts';

export interface AlterView {
  readonly keyspace: string;
  readonly name: string;
  readonly ifExists: boolean;
  readonly properties: Properties;
}

export function alterView(schema: Schema, statement: AlterView): Changed {
  const { keyspace: keyspaceName, name, properties } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'ALTER', name);
  const view = keyspace?.tables.get(name);
  if (keyspace === undefined || view?.kind !== 'view') {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Materialized view '${keyspaceName}.${name}' doesn't exist`);
  }
  const params = alteredTableParams(view.params, properties);
  if (params.gc_grace_seconds === 0)
    throw invalid(
      'Cannot alter gc_grace_seconds of a materialized view to 0, since this value is used to TTL undelivered updates. ' +
        'Setting gc_grace_seconds too low might cause undelivered updates to expire before being replayed.',
    );
  if ((params.default_time_to_live as number) > 0)
    throw invalid(
      'Forbidden default_time_to_live detected for a materialized view. Data in a materialized view always expire at ' +
        'the same time than the corresponding data in the parent table. default_time_to_live must be set to zero, ' +
        'see CASSANDRA-12868 for more information',
    );
  return changed(
    withKeyspace(schema, withTables(keyspace, { ...view, params })),
    tableChange('UPDATED', keyspaceName, name),
  );
}
