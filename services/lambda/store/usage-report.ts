/** How many functions each account has in the gateway's region, and what their code takes. */
import type { ContainerUsage } from '@hypergate/kit';
import { domainAddress } from '../model/tables.ts';
import type { LambdaBase } from './context.ts';
import { accountUsage } from './usage.ts';

export async function usageOf(base: LambdaBase): Promise<readonly ContainerUsage[]> {
  const { rootAccountId, accounts, region } = base.settings;
  const all: ContainerUsage[] = [];
  for (const account of new Set([rootAccountId, ...accounts.map(({ accountId }) => accountId)])) {
    const { functions, codeBytes } = await accountUsage(base, { account, region });
    all.push({
      name: account,
      domain: domainAddress,
      objects: functions,
      versions: 0,
      deleteMarkers: 0,
      logicalBytes: codeBytes,
      uploads: 0,
      uploadBytes: 0,
    });
  }
  return all;
}
