/** What a statement of the schema comes to, before it is known which schema it will meet. */
import type { Functions } from '../../functions/api.ts';
import type { ChangeContext, Changed } from '../../schema/changes/index.ts';
import type { Schema } from '../../schema/model.ts';
import type { Need } from '../api.ts';

export interface SchemaPlan {
  readonly needs: readonly Need[];
  /** Called again when somebody else was first: it has no other effects. @throws CqlError */
  decide(schema: Schema, context: ChangeContext): Changed;
}

export interface PlanContext {
  /** For names without one. */
  readonly keyspace: string | undefined;
  /** In which the statement is prepared. */
  readonly schema: Schema;
  readonly functions: Functions;
  readonly hasMarkers: boolean;
}

export const onAllKeyspaces = (permission: Need['permission']): Need => ({
  permission,
  resource: { kind: 'all-keyspaces' },
});

export const onKeyspace = (permission: Need['permission'], keyspace: string): Need => ({
  permission,
  resource: { kind: 'keyspace', keyspace },
});

export const onTable = (permission: Need['permission'], keyspace: string, table: string): Need => ({
  permission,
  resource: { kind: 'table', keyspace, table },
});
