/** USE: names without a keyspace are looked for there from then on. */
import { invalid } from '../../errors.ts';
import type { Use } from '../../parser/ast.ts';
import type { Prepared } from '../api.ts';
import { plainStatement } from './statement.ts';

export function prepareUse({ keyspace }: Use): Prepared {
  return plainStatement({
    execute: ({ schema }) => {
      if (!schema().keyspaces.has(keyspace)) throw invalid(`Keyspace '${keyspace}' does not exist`);
      return { kind: 'set-keyspace', keyspace };
    },
  });
}
