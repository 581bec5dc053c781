/** How many keys each account has. */
import type { ContainerUsage } from '@hypergate/kit';
import { domainAddress, keysByAccount } from '../model/tables.ts';
import type { KmsContext } from './context.ts';

export async function usageOf(
  { domain }: Pick<KmsContext, 'domain'>,
  accounts: readonly string[],
): Promise<readonly ContainerUsage[]> {
  const all: ContainerUsage[] = [];
  for (const account of accounts) {
    const cursor = domain.cursorSecondary(keysByAccount, Buffer.from(account), {});
    let objects = 0;
    while ((await cursor.next()) !== undefined) objects += 1;
    all.push({
      name: account,
      domain: domainAddress,
      objects,
      versions: 0,
      deleteMarkers: 0,
      logicalBytes: 0,
      uploads: 0,
      uploadBytes: 0,
    });
  }
  return all;
}
