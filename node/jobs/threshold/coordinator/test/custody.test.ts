import { afterEach, describe, expect, test } from 'vitest';
import { CustodyError, type KeyTask } from '../../../../api/index.ts';
import {
  type Cluster,
  type ClusterOptions,
  random,
  startCluster,
  until,
  untilReady,
} from '../../custodian/test/support/cluster.ts';
import {
  allow,
  toyAuthority,
  toyEvidence,
  toyEvidenceModule,
} from '../../custodian/test/support/toy-authority.ts';
import { toyHandlers, toyScheme } from '../../custodian/test/support/toy-handlers.ts';
import { ThresholdAbort } from '../../errors.ts';
import { withSigners } from '../../gather.ts';
import { type SchemeRow, sharesOfProduct } from '../../scheme.ts';

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function cluster(options?: ClusterOptions): Promise<Cluster> {
  const started = await startCluster(options);
  open.push(started);
  return started;
}

const handleOf = (byte: number) => new Uint8Array(16).fill(byte);
const create = (handle: Uint8Array): KeyTask => ({ kind: 'create', handle, scheme: 'hmac-sha-256' });
const mac = (handle: Uint8Array): KeyTask => ({ kind: 'mac', handle, message: Buffer.from('message') });
const control = (sequence: number, subject = 'a', value = String(sequence)) =>
  toyEvidence({ sequence, subject, value });
const none = new Uint8Array(0);

describe('calls', () => {
  test('a key is made, used, and erased', async () => {
    const { custody } = await cluster();
    const handle = handleOf(1);
    expect((await custody.perform(create(handle), allow(create(handle)))).output).toHaveLength(0);
    const first = await custody.perform(mac(handle), allow(mac(handle)));
    expect(first.output).toHaveLength(32);
    expect(await custody.perform(mac(handle), allow(mac(handle)))).toEqual(first);
    await untilReady(custody, 4);
    const erase: KeyTask = { kind: 'erase', handle };
    await custody.perform(erase, allow(erase));
    await expect(custody.perform(mac(handle), allow(mac(handle)))).rejects.toMatchObject({
      reason: 'unknown-key',
    });
  });

  test('evidence for another task, or none that holds, is refused by the custodians', async () => {
    const { custody } = await cluster();
    await expect(custody.perform(create(handleOf(1)), allow(create(handleOf(2))))).rejects.toMatchObject({
      name: 'CustodyError',
      reason: 'refused',
    });
    const broken = { ...allow(create(handleOf(1))), call: Buffer.from('no json') };
    await expect(custody.perform(create(handleOf(1)), broken)).rejects.toMatchObject({ reason: 'refused' });
  });

  test('a task that is none of the key is invalid; so is an import without material', async () => {
    const { custody } = await cluster();
    const handle = handleOf(3);
    await custody.perform(create(handle), allow(create(handle)));
    const agree: KeyTask = { kind: 'agree', handle, point: none };
    await expect(custody.perform(agree, allow(agree))).rejects.toMatchObject({ reason: 'invalid' });
    const bring: KeyTask = { kind: 'import', handle, scheme: 'hmac-sha-256' };
    await expect(custody.perform(bring, allow(bring))).rejects.toMatchObject({ reason: 'invalid' });
    const material = Buffer.alloc(32, 7);
    await expect(custody.perform(bring, allow(bring), { material })).rejects.toMatchObject({
      reason: 'invalid',
    });
    expect(material.equals(Buffer.alloc(32))).toBe(true);
  });

  test('a handler of a key without a task is refused, and errors never carry what was not meant', async () => {
    const { custody, reports } = await cluster();
    await untilReady(custody, 4);
    const { custodians } = custody;
    await expect(custodians.ask(1, 'toy.use', none)).rejects.toMatchObject({
      reason: 'malformed',
      custodian: 1,
    });
    await expect(custodians.ask(1, 'toy.none', none)).rejects.toMatchObject({ reason: 'malformed' });
    const failed = await custodians.ask(2, 'toy.fail', Buffer.from('5ec7e7', 'hex')).catch((error) => error);
    expect(failed).toMatchObject({ reason: 'unavailable', custodian: 2 });
    expect(String(failed)).not.toContain('5ec7e7');
    expect(reports).toEqual(['a request of kind toy.fail failed']);
  });

  test('what a custodian says of another accuses nobody, and a run goes on without both', async () => {
    const { custody } = await cluster();
    await untilReady(custody, 4);
    const { custodians } = custody;
    const error = await custodians.ask(2, 'toy.blame', Buffer.of(3)).catch((thrown) => thrown);
    expect(error).toMatchObject({ reason: 'unavailable', custodian: 2 });
    expect(error.cause).toMatchObject({ reason: 'cheater', custodian: 3 });
    const tried: (readonly number[])[] = [];
    await withSigners(custodians, 2, async (signers) => {
      tried.push(signers);
      const [first, second] = signers;
      if (tried.length === 1) await custodians.ask(first!, 'toy.blame', Buffer.of(second!));
    });
    expect(tried).toHaveLength(2);
    expect(tried[1]!.some((index) => tried[0]!.includes(index))).toBe(false);
    expect((await custody.status()).custodians.every(({ state }) => state === 'ready')).toBe(true);
  });

  test('one that was caught is not asked until the operator cleared it, also after a restart', async () => {
    const one = await cluster();
    await untilReady(one.custody, 4);
    one.custody.custodians.accuse(2, 'its proof does not hold');
    expect(one.custody.custodians.available()).not.toContain(2);
    await expect(one.custody.custodians.ask(2, 'toy.echo', none)).rejects.toBeInstanceOf(ThresholdAbort);
    expect(one.events.filter(({ event }) => event === 'accused')).toMatchObject([{ custodian: 2 }]);
    await one.custody.close();
    const custody = await one.reopen();
    await untilReady(custody, 3);
    expect((await custody.status()).custodians[1]).toMatchObject({ state: 'accused' });
    await custody.perform(create(handleOf(1)), allow(create(handleOf(1))));
    custody.clearAccusation(2);
    await untilReady(custody, 4);
  });

  test('a request that is called off or takes too long ends; the others go on', async () => {
    const { custody } = await cluster();
    await untilReady(custody, 4);
    const cancel = new AbortController();
    const hanging = custody.custodians.ask(1, 'toy.hang', none, { signal: cancel.signal });
    expect(await custody.custodians.ask(1, 'toy.echo', Buffer.from('x'))).toHaveLength(1);
    cancel.abort();
    await expect(hanging).rejects.toMatchObject({ reason: 'unavailable' });
    await expect(custody.custodians.ask(1, 'toy.hang', none)).rejects.toMatchObject({
      reason: 'unavailable',
      custodian: 1,
    });
  });

  test('a use is not begun with fewer custodians than its scheme needs, and says so in time', async () => {
    let begun = 0;
    const scheme: SchemeRow = {
      ...toyScheme,
      needs: sharesOfProduct,
      perform: (...call) => {
        begun += 1;
        return toyScheme.perform(...call);
      },
    };
    const one = await cluster({ schemes: [scheme], readyMs: 50 });
    await untilReady(one.custody, 4);
    const handle = handleOf(4);
    await one.custody.perform(create(handle), allow(create(handle)));
    await one.custody.perform(mac(handle), allow(mac(handle)));
    await untilReady(one.custody, 4);
    await one.stop(1);
    await one.stop(2);
    await until(() => one.custody.custodians.available().length === 2);
    await expect(one.custody.perform(mac(handle), allow(mac(handle)))).rejects.toMatchObject({
      name: 'CustodyError',
      reason: 'unavailable',
    });
    expect(begun).toBe(1);
    await one.start(1);
    await untilReady(one.custody, 3);
    await one.custody.perform(mac(handle), allow(mac(handle)));
    expect(begun).toBe(2);
  });

  test('a use from which a custodian goes is begun again when there are enough', async () => {
    let begun = 0;
    const scheme: SchemeRow = {
      ...toyScheme,
      needs: sharesOfProduct,
      perform: async (...call) => {
        begun += 1;
        if (begun > 1) return toyScheme.perform(...call);
        const asked = call[0].ask(1, 'toy.hang', none);
        await Promise.all([one.stop(1).then(() => one.start(1)), asked]);
        return none;
      },
    };
    const one = await cluster({ schemes: [scheme] });
    await untilReady(one.custody, 4);
    const handle = handleOf(5);
    await one.custody.perform(create(handle), allow(create(handle)));
    await one.stop(4);
    await until(() => one.custody.custodians.available().length === 3);
    expect((await one.custody.perform(mac(handle), allow(mac(handle)))).output).toHaveLength(32);
    expect(begun).toBe(2);
  });

  test('a thousand requests at once are answered each with its own', async () => {
    const { custody } = await cluster();
    await untilReady(custody, 4);
    const bodies = Array.from({ length: 1000 }, (_, at) => Buffer.from(`request ${at}`));
    const answers = await Promise.all(bodies.map((body) => custody.custodians.ask(1, 'toy.echo', body)));
    expect(answers.map((answer) => Buffer.from(answer).toString())).toEqual(bodies.map(String));
  });

  test('a body that its handler does not take is refused', async () => {
    const { custody } = await cluster();
    await untilReady(custody, 4);
    await expect(custody.custodians.ask(1, 'toy.echo', new Uint8Array(64 * 1024 + 1))).rejects.toMatchObject({
      reason: 'malformed',
    });
  });
});

describe('control calls', () => {
  test('are told to all, in order, and checked from then on', async () => {
    const { custody } = await cluster();
    const handle = handleOf(9);
    await custody.perform(create(handle), allow(create(handle)));
    const subject = Buffer.from(handle).toString('hex');
    await Promise.all([1, 2, 3].map((sequence) => custody.inform(control(sequence))));
    await custody.inform(control(4, subject, 'disabled'));
    await expect(custody.perform(mac(handle), allow(mac(handle)))).rejects.toMatchObject({
      reason: 'refused',
    });
    await custody.inform(control(5, subject, 'enabled'));
    await custody.perform(mac(handle), allow(mac(handle)));
    // The same again changes nothing.
    await custody.inform(control(5, subject, 'enabled'));
  });

  test('one that more than t refuse is refused', async () => {
    const { custody } = await cluster();
    await expect(custody.inform(allow(mac(handleOf(1))))).rejects.toMatchObject({ reason: 'refused' });
    await untilReady(custody, 4);
  });

  /** Custodians that do not agree on a call, as honest ones never do that know the same. */
  function divided(...refusing: number[]) {
    const compose: ClusterOptions['compose'] = (index) => (parts) => {
      const authority = toyAuthority(parts.store.control);
      const apply: typeof authority.apply = async (audited) => {
        const isNew = (await authority.head()).sequence === 0;
        const isDisputed = Buffer.from(audited.call).toString().includes('disputed');
        if (refusing.includes(index) && isNew && isDisputed) throw new CustodyError('refused', 'disputed');
        return authority.apply(audited);
      };
      return {
        handlers: toyHandlers,
        authority: { ...authority, apply },
        evidence: toyEvidenceModule,
      };
    };
    return cluster({ compose });
  }

  test('one that t + 1 took in stands: the others take it over from them', async () => {
    const { custody } = await divided(1, 2);
    await untilReady(custody, 4);
    await custody.inform(control(1, 'a', 'disputed'));
    await untilReady(custody, 4);
    await custody.inform(control(2));
    expect(custody.custodians.available()).toHaveLength(4);
  });

  test('one that no more than t took in is refused; who took it in is not asked any more', async () => {
    const { custody } = await divided(1, 2, 3);
    await untilReady(custody, 4);
    await expect(custody.inform(control(1, 'a', 'disputed'))).rejects.toMatchObject({ reason: 'refused' });
    // The same number for another call: custodian 4 has it already, and with it another hash.
    await custody.inform(control(1, 'a', 'other'));
    custody.clearAccusation(4);
    await until(async () => {
      const { reason } = (await custody.status()).custodians[3]!;
      return reason === 'it took in another control call than the others';
    });
    expect([...custody.custodians.available()].sort()).toEqual([1, 2, 3]);
  });

  test('one that might still be taken in by t + 1 is neither refused nor acknowledged', async () => {
    const one = await divided(1, 2);
    await untilReady(one.custody, 4);
    await one.stop(4);
    const cancel = new AbortController();
    const informed = one.custody.inform(control(1, 'a', 'disputed'), cancel.signal);
    await one.custody.custodians.ask(3, 'toy.echo', none);
    await one.start(4);
    await informed;
    await untilReady(one.custody, 4);
  });

  test('go on with one custodian away; without two of them nothing is acknowledged', async () => {
    const one = await cluster();
    await untilReady(one.custody, 4);
    await one.stop(4);
    await one.custody.inform(control(1));
    await one.stop(3);
    const cancel = new AbortController();
    const informed = one.custody.inform(control(2), cancel.signal);
    await until(() => one.custody.custodians.available().length === 2);
    cancel.abort();
    await expect(informed).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('one that was away catches up before it is asked, and then knows what the others know', async () => {
    const one = await cluster();
    await untilReady(one.custody, 4);
    await one.stop(2);
    const handle = handleOf(5);
    const subject = Buffer.from(handle).toString('hex');
    await one.custody.perform(create(handle), allow(create(handle)));
    for (let sequence = 1; sequence <= 600; sequence += 1)
      await one.custody.inform(control(sequence, `subject ${sequence % 400}`));
    await one.custody.inform(control(601, subject, 'disabled'));
    const back = await one.start(2);
    expect(back.state).toBe('catching-up');
    await untilReady(one.custody, 4);
    expect(back.state).toBe('ready');
    // The letter came first: it has the share, and refuses for the right reason.
    const task = mac(handle);
    await expect(
      one.custody.custodians.ask(2, 'toy.use', none, {
        authorised: { task, evidence: allow(task) },
      }),
    ).rejects.toMatchObject({ reason: 'refused', message: 'the key is disabled' });
    expect(await one.custody.custodians.ask(2, 'toy.peek', handle)).toEqual(new Uint8Array([0]));
    await one.custody.inform(control(602));
    expect(one.custody.custodians.available()).toHaveLength(4);
  });

  test('one that sees that it missed a call computes nothing until it has it', async () => {
    const one = await cluster();
    await untilReady(one.custody, 4);
    // Numbers 1 and 2 never reach anybody: nobody acknowledges 3, and all agree that they have nothing.
    const cancel = new AbortController();
    const informed = one.custody.inform(control(3), cancel.signal);
    await until(() => [...one.running.values()].some(({ state }) => state === 'catching-up'));
    await one.custody.inform(control(1));
    await one.custody.inform(control(2));
    await informed;
    await untilReady(one.custody, 4);
  });

  test('what is due is erased once a custodian knows that it is, and not by one that is behind', async () => {
    const one = await cluster();
    const handle = handleOf(6);
    const subject = Buffer.from(handle).toString('hex');
    await untilReady(one.custody, 4);
    await one.custody.perform(create(handle), allow(create(handle)));
    await until(async () => (await one.custody.custodians.ask(1, 'toy.peek', handle)).length === 1);
    await one.stop(1);
    await one.custody.inform(toyEvidence({ sequence: 1, subject, value: 'gone', due: true }));
    await one.custody.eraseDue();
    expect(await one.custody.custodians.ask(2, 'toy.peek', handle)).toHaveLength(0);
    await one.start(1);
    await untilReady(one.custody, 4);
    expect(await one.custody.custodians.ask(1, 'toy.peek', handle)).toHaveLength(0);
  });
});

describe('letters', () => {
  const letter = (handle: Uint8Array) => Buffer.concat([handle, Buffer.from('secret')]);

  test('wait on the disk, also over a restart of the gateway, and are handled once and in order', async () => {
    const one = await cluster({ started: [1, 2, 3] });
    await untilReady(one.custody, 3);
    const handles = Array.from({ length: 20 }, () => Uint8Array.from(random.bytes(16)));
    for (const handle of handles) await one.custody.custodians.deliver(4, 'toy.note', letter(handle));
    await one.custody.close();
    const custody = await one.reopen();
    await one.start(4);
    await untilReady(custody, 4);
    for (const handle of handles)
      expect(await custody.custodians.ask(4, 'toy.peek', handle)).toEqual(Uint8Array.of(0));
    await custody.custodians.deliver(4, 'toy.note', letter(handles[0]!));
    expect(await custody.custodians.ask(4, 'toy.peek', handles[0]!)).toEqual(Uint8Array.of(1));
  });

  test('one that is not taken does not keep the others back, and none may use a key', async () => {
    const one = await cluster({ started: [1, 2, 3] });
    await untilReady(one.custody, 3);
    const handle = handleOf(8);
    const { custodians } = one.custody;
    await custodians.deliver(4, 'toy.use', none);
    await custodians.deliver(4, 'toy.blame', Buffer.of(1));
    await custodians.deliver(4, 'toy.note', letter(handle));
    await one.start(4);
    await untilReady(one.custody, 4);
    expect(await custodians.ask(4, 'toy.peek', handle)).toEqual(Uint8Array.of(0));
    expect(one.events.filter(({ event }) => event === 'letter-refused')).toHaveLength(2);
  });
});
