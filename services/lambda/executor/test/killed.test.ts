/** A gateway that is killed leaves nothing running. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { running, startedBy, startGateway } from './gateway.ts';
import { allowsUserNamespaces, asNobody } from './nobody.ts';

/** Somebody who cannot make a user namespace, as in most containers: whoever may make one can be kept from making more. */
const denied = [
  ...asNobody,
  ...(allowsUserNamespaces()
    ? [
        ...['unshare', '--user', '--map-root-user', 'sh', '-c'],
        'echo 1 > /proc/sys/user/max_user_namespaces && exec unshare --user --map-user=1000 --map-group=1000 "$@"',
        'sh',
      ]
    : []),
];

test('its functions end with it: that which works, that which stands still, and what they started', async () => {
  const { child, isolation, folder } = await startGateway();
  expect(isolation.mounts).toBe(true);
  // Rooms, networks, and of each function the process that waits, the first of its namespace, node, a shell and what that waits for.
  const least = 2 + 2 + 2 * 5;
  // There may be some besides that only put something in its place.
  await expect.poll(() => running(startedBy(child.pid!)).length).toBeGreaterThanOrEqual(least);
  const seen = startedBy(child.pid!);
  child.kill('SIGKILL');
  await expect.poll(() => running(seen)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

test('so do those of one that cannot keep them in, which says so and refuses strangers', async () => {
  const { child, isolation, refused, folder } = await startGateway(denied);
  expect(isolation).toMatchObject({ isForUntrusted: false, uid: false, network: false, mounts: false });
  expect(isolation.missing[0]).toMatch(
    /^Functions run among the gateway's own files and network: it is not started as root, and a user namespace for functions could not be prepared: /,
  );
  expect(refused).toBe('functions of accounts that are not trusted cannot be kept in on this platform');
  const seen = startedBy(child.pid!);
  expect(seen).toHaveLength(2);
  child.kill('SIGKILL');
  await expect.poll(() => running(seen)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

test('one that is told to stop ends them before it ends', async () => {
  const { child } = await startGateway();
  const seen = startedBy(child.pid!);
  child.stdin!.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(running(seen)).toEqual([]);
});
