/** DROP KEYSPACE, with all that is in it. */
import { invalid } from '../../errors.ts';
import { withoutKeyspace } from '../keyspace.ts';
import type { Schema } from '../model.ts';
import { type Changed, changed, checkModifiable, unchanged } from './change.ts';

export interface DropKeyspace {
  readonly keyspace: string;
  readonly ifExists: boolean;
}

export function dropKeyspace(schema: Schema, { keyspace, ifExists }: DropKeyspace): Changed {
  checkModifiable(schema, keyspace, 'DROP');
  if (!schema.keyspaces.has(keyspace)) {
    if (ifExists) return unchanged(schema);
    throw invalid(`Keyspace '${keyspace}' doesn't exist`);
  }
  return changed(withoutKeyspace(schema, keyspace), { change: 'DROPPED', target: 'KEYSPACE', keyspace });
}
