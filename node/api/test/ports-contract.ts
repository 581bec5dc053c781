/**
 * What every implementation of the ports promises. Written against the ports alone, so that it runs in the process, over
 * real disks and across a socket.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { describeChunks } from './chunk-contract.ts';
import { describeCommit } from './commit-contract.ts';
import { describeFollow } from './follow-contract.ts';
import { describeLeases } from './lease-contract.ts';
import { fails, PortsInUse, type PortsUnderTest } from './ports-in-use.ts';

export type { PortsUnderTest } from './ports-in-use.ts';

export function describePorts(name: string, open: () => Promise<PortsUnderTest>): void {
  describe(`the ports of ${name}`, () => {
    const use = new PortsInUse(open);
    beforeEach(() => use.begin());
    afterEach(() => use.end());

    describeCommit(use);
    describeChunks(use);
    describeFollow(use);
    describeLeases(use);

    it('has no prover and runs no jobs', async () => {
      const { ports, domain } = use;
      const items = [{ domain, slot: randomBytes(24), kind: 'vertex' as const }];
      await fails(ports.prove({ items }), 'not-supported');
      await fails(ports.prove({ items, delay: true }), 'not-supported');
      await fails(ports.job({ kind: 'sign', payload: Buffer.alloc(1) }), 'not-supported');
    });
  });
}
