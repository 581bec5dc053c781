/** What the admin API and `hypergate du` tell: services count their objects, the node what these take on the disk. */
import type { Service } from '@hypergate/kit';
import type { BucketUsage, Usage, UsageQuery } from '@hypergate/openapi/admin';
import type { Storage } from './boot/storage.ts';

/** @returns undefined when there is no such bucket */
export async function measureUsage(
  { bucket, prefix }: UsageQuery,
  services: readonly Service[],
  { node, usage }: Pick<Storage, 'node' | 'usage'>,
): Promise<Usage | undefined> {
  const buckets: BucketUsage[] = [];
  for (const service of services) {
    const found = (await service.usage?.({ container: bucket, prefix })) ?? [];
    const stored = prefix === undefined ? await node.storedBytes(found.map(({ domain }) => domain)) : [];
    found.forEach(({ domain: _domain, ...counts }, index) => {
      const storedBytes = stored[index];
      buckets.push({
        service: service.name,
        ...counts,
        ...(storedBytes === undefined ? {} : { storedBytes }),
      });
    });
  }
  if (bucket !== undefined && buckets.length === 0) return undefined;
  return { buckets, storage: await usage() };
}
