import { afterEach, expect, test } from 'vitest';
import { ed25519SigningKey } from '../../../../crypto/ed25519.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import { MpcAbort } from '../../../mpc/errors.ts';
import { systemClock } from '../../../mpc/session/clock.ts';
import type { Membership } from '../../../mpc/session/connect.ts';
import type { SessionDescription } from '../../../mpc/session/description.ts';
import { agreementHash } from '../../../mpc/session/format/agreement.ts';
import { acceptParties } from '../../../mpc/session/transports/tcp-listen.ts';
import { PeerLinks } from '../links.ts';

const random = createPooledRandom();
const none = new Uint8Array(16);
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function custodian(index: number) {
  const identity = ed25519SigningKey(random.bytes(32));
  const listener = await acceptParties({ host: '127.0.0.1', port: 0 });
  opened.push(() => listener.close());
  const links = new PeerLinks(listener, identity);
  return {
    index,
    name: `p${index}`,
    identity,
    links,
    address: { index, host: listener.host, port: listener.port },
  };
}

type One = Awaited<ReturnType<typeof custodian>>;

function membership(me: One, all: readonly One[]): Membership {
  const description: SessionDescription = {
    name: 'one',
    level: 'malicious',
    demand: { keys: true, level: 'malicious' },
    parties: all.map(({ name, identity }) => ({ name, key: identity.publicKey })),
    runs: [],
  };
  return {
    description,
    me: me.name,
    claim: { identity: me.identity, agreement: agreementHash(description) },
    random: (length) => random.bytes(length),
    clock: systemClock,
    channel: {},
    signal: new AbortController().signal,
  };
}

const meet = (from: One, to: One, all: readonly One[]) =>
  Promise.resolve().then(() =>
    from.links.session([to.index], none).get(to.index)!.connect(membership(from, all), to.name),
  );

test('two custodians meet where the coordinator says that the other listens', async () => {
  const [one, two] = [await custodian(1), await custodian(2)];
  for (const { links } of [one, two]) links.setAddresses([one.address, two.address]);
  const channels = await Promise.all([meet(one, two, [one, two]), meet(two, one, [one, two])]);
  for (const channel of channels) opened.push(() => channel.close());
  await channels[0].send(1, Buffer.from('from one'));
  expect((await channels[1].receive(1, 100)).toString()).toBe('from one');
});

test('an address that is another custodian, or nobody, gives no channel', async () => {
  const [one, two, three] = [await custodian(1), await custodian(2), await custodian(3)];
  await expect(meet(two, one, [one, two])).rejects.toMatchObject({ reason: 'disconnected' });
  // Custodian 3 waits for the same session in place of custodian 1, with its own key.
  two.links.setAddresses([{ ...three.address, index: 1 }]);
  const impostor = { ...three, name: one.name };
  const waiting = meet(impostor, two, [one, two]).catch((error: unknown) => error);
  await expect(meet(two, one, [one, two])).rejects.toBeInstanceOf(MpcAbort);
  for (const close of opened.splice(0)) await close();
  expect(await waiting).toBeInstanceOf(MpcAbort);
});
