/** A custodian that does not answer while its connection stays, as a process that is stopped: its way to the coordinator is held. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { KeyTask } from '../../../../api/index.ts';
import { type Cluster, startCluster, until, untilReady } from '../../custodian/test/support/cluster.ts';
import { allow, toyEvidence } from '../../custodian/test/support/toy-authority.ts';
import type { Address } from '../member-link.ts';

/** Passes bytes on, or holds them. */
class Relay {
  readonly #server = createServer({ noDelay: true });
  readonly #sockets = new Set<Socket>();
  #isHeld = false;
  connections = 0;

  async open({ host, port }: Address): Promise<Address> {
    this.#server.on('connection', (near) => {
      this.connections += 1;
      const far = createConnection({ host, port, noDelay: true });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (bytes) => to.write(bytes));
        from.on('error', () => to.destroy()).on('close', () => to.destroy());
        if (this.#isHeld) from.pause();
      }
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const socket of this.#sockets) isHeld ? socket.pause() : socket.resume();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

let cluster: Cluster | undefined;
let relays: Relay[] = [];
afterEach(async () => {
  for (const relay of relays) relay.close();
  await cluster?.close();
  [cluster, relays] = [undefined, []];
});

/** With relays before the first two custodians. */
async function open(): Promise<Cluster> {
  const opened = await startCluster({ beatMs: 20, readyMs: 100 });
  cluster = opened;
  for (const index of [1, 2]) {
    const relay = new Relay();
    relays.push(relay);
    opened.custody.setAddress(index, undefined);
    await until(() => !opened.custody.custodians.available().includes(index));
    opened.custody.setAddress(index, await relay.open(opened.running.get(index)!));
  }
  await until(() => relays.every(({ connections }) => connections === 1));
  await untilReady(opened.custody, 4);
  return opened;
}

const none = new Uint8Array(0);
const handle = new Uint8Array(16).fill(7);
const create: KeyTask = { kind: 'create', handle, scheme: 'hmac-sha-256' };
const mac: KeyTask = { kind: 'mac', handle, message: Buffer.from('message') };

test('its open requests end, it counts as unreachable, and it comes back over the same connection', async () => {
  const { custody } = await open();
  const { custodians } = custody;
  // Requests of this kind are never answered, but the custodian is there.
  const hanging = custodians.ask(1, 'toy.hang', none);
  relays[0]!.hold(true);
  await expect(hanging).rejects.toMatchObject({
    reason: 'unavailable',
    custodian: 1,
    message: 'it does not answer',
  });
  expect((await custody.status()).custodians[0]).toMatchObject({
    state: 'unreachable',
    reason: 'it does not answer',
  });
  await expect(custodians.ask(1, 'toy.echo', none)).rejects.toMatchObject({ reason: 'unavailable' });
  relays[0]!.hold(false);
  await untilReady(custody, 4);
  expect(Buffer.from(await custodians.ask(1, 'toy.echo', Buffer.from('x'))).toString()).toBe('x');
  expect(relays[0]!.connections).toBe(1);
});

test('with three that answer all goes on; it gets what it missed before it is asked again', async () => {
  const { custody } = await open();
  relays[0]!.hold(true);
  await custody.perform(create, allow(create));
  await custody.perform(mac, allow(mac));
  const subject = Buffer.from(handle).toString('hex');
  for (const sequence of [1, 2, 3])
    await custody.inform(toyEvidence({ sequence, subject, value: sequence === 3 ? 'disabled' : 'enabled' }));
  expect(custody.custodians.available()).not.toContain(1);
  relays[0]!.hold(false);
  await untilReady(custody, 4);
  const asked = custody.custodians.ask(1, 'toy.use', none, {
    authorised: { task: mac, evidence: allow(mac) },
  });
  await expect(asked).rejects.toMatchObject({ reason: 'refused', message: 'the key is disabled' });
});

test('with two that answer what needs more is refused, and served when they are back', async () => {
  const { custody } = await open();
  for (const relay of relays) relay.hold(true);
  await expect(custody.perform(create, allow(create))).rejects.toMatchObject({ reason: 'unavailable' });
  for (const relay of relays) relay.hold(false);
  await untilReady(custody, 4);
  await custody.perform(create, allow(create));
});
