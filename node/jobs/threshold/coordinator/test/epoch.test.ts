/** What the coordinator keeps of custodians that were replaced: nothing. */
import { afterEach, expect, test } from 'vitest';
import { type Cluster, startCluster, until, untilReady } from '../../custodian/test/support/cluster.ts';
import { toyEvidence } from '../../custodian/test/support/toy-authority.ts';
import { readReplacement } from '../../upkeep/index.ts';
import { openCustody, readEpoch } from '../index.ts';

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function cluster(options?: Parameters<typeof startCluster>[0]): Promise<Cluster> {
  const started = await startCluster(options);
  open.push(started);
  return started;
}

const note = (byte: number) => Buffer.concat([new Uint8Array(16).fill(byte), Buffer.from('text')]);
const peek = async ({ custody }: Cluster, index: number, byte: number) =>
  (await custody.custodians.ask(index, 'toy.peek', new Uint8Array(16).fill(byte))).length;

test('letters to the old one are dropped and those to others kept; an accusation of the old one is over', async () => {
  const one = await cluster({ started: [1, 4] });
  await until(() => one.custody.custodians.available().length === 0);
  const { custodians } = one.custody;
  custodians.accuse(2, 'it lied');
  custodians.accuse(1, 'it lied as well');
  await custodians.deliver(2, 'toy.note', note(1));
  await custodians.deliver(3, 'toy.note', note(2));
  expect([...one.custody.members().values()].map(({ letters }) => letters)).toEqual([0, 1, 1, 0]);
  await one.replace(2);
  expect(await readEpoch(one.coordinatorStore)).toBe(1);
  const { epoch, custodians: states } = await one.custody.status();
  expect(epoch).toBe(1);
  expect(states.map(({ state }) => state === 'accused')).toEqual([true, false, false, false]);
  one.custody.clearAccusation(1);
  await untilReady(one.custody, 4);
  expect(await peek(one, 2, 1)).toBe(0);
  expect(await peek(one, 3, 2)).toBe(1);
  // Numbers of letters go on: what is written now is no repetition of what the old one had.
  await one.stop(2);
  await one.custody.custodians.deliver(2, 'toy.note', note(3));
  await one.start(2);
  await untilReady(one.custody, 4);
  expect(await peek(one, 2, 3)).toBe(1);
});

test('the new one takes over what others know of control calls before it says anything about them', async () => {
  const one = await cluster();
  await untilReady(one.custody, 4);
  for (let sequence = 1; sequence <= 3; sequence += 1)
    await one.custody.inform(toyEvidence({ sequence, subject: `s${sequence}`, value: 'x' }));
  await one.replace(2);
  await untilReady(one.custody, 4);
  await one.custody.inform(toyEvidence({ sequence: 4, subject: 's', value: 'y' }));
});

test('an older committee is refused when a newer one was served', async () => {
  const one = await cluster();
  const { first } = one.succession;
  await one.replace(2);
  await one.custody.close();
  const options = { committee: first, identity: one.identity, schemes: [] };
  const modules = {
    store: one.coordinatorStore,
    random: one.custody.custodians.random,
    encodeEvidence: () => new Uint8Array(0),
    learnCommon: () => Promise.reject(new Error('not asked')),
    report: () => undefined,
  };
  await expect(openCustody(options, modules)).rejects.toThrow('epoch 1 was served already');
  expect(await readReplacement(one.coordinatorStore)).toEqual({ custodians: [2], stage: 'due' });
});
