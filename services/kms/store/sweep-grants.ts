/** Grants of a key that is gone mean nothing any more; their records go in steps, after it. */
import type { DomainWrite } from '@hypergate/table';
import { gatewayLimits } from '../limits.ts';
import { grantKey, grantsTable } from '../model/tables.ts';
import type { KmsContext } from './context.ts';

export async function sweepGrants(
  { tables, domain }: Pick<KmsContext, 'tables' | 'domain'>,
  keyId: string,
): Promise<void> {
  const { partition } = grantKey(keyId, '');
  for (;;) {
    const entries = await domain.scan(grantsTable, partition, { limit: gatewayLimits.sweepRows });
    if (entries.length === 0) return;
    await tables.transact(
      entries.map(
        ({ sort }): DomainWrite => ({ kind: 'remove', domain, table: grantsTable, key: { partition, sort } }),
      ),
    );
  }
}
