/** A gateway that is not root keeps functions in by the same tests, where the kernel lets it make user namespaces. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startGateway } from './gateway.ts';
import { allowsUserNamespaces, asNobody, runTestsAsNobody } from './nobody.ts';

test('functions do not get out, and end with the gateway', async () => {
  if (!allowsUserNamespaces()) {
    const { child, isolation, refused, folder } = await startGateway(asNobody);
    expect(isolation).toMatchObject({ isForUntrusted: false, uid: false, network: false, mounts: false });
    expect(isolation.missing[0]).toMatch(/a user namespace for functions could not be prepared/);
    expect(refused).toBe('functions of accounts that are not trusted cannot be kept in on this platform');
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
    return;
  }
  const { passed, failures } = await runTestsAsNobody('escape', 'killed');
  expect(failures).toEqual([]);
  expect(passed).toBeGreaterThanOrEqual(45);
});
