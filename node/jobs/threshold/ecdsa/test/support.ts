/** Custodians that sign, and ways for one of them to cheat: it computes as others do, but for what a test changes. */
import type { Bytes, KeyScheme, KeyTask } from '../../../../api/index.ts';
import { MessageWriter } from '../../codec.ts';
import { modulo } from '../../groups/index.ts';
import { ensurePrss } from '../../prss/index.ts';
import { createPrssNetwork, prssAt } from '../../prss/test/support.ts';
import { type DealtKey, dealFieldKey } from '../../test/support/deal.ts';
import { authorised, type Network } from '../../test/support/network.ts';
import { handlers, perform } from '../index.ts';

export interface Signing extends DealtKey {
  readonly network: Network;
  sign(message: Bytes): Promise<Bytes>;
}

export async function createSigning(scheme: KeyScheme, n = 4, t = 1): Promise<Signing> {
  const network = createPrssNetwork(handlers, n, t);
  const dealt = await dealFieldKey(network, scheme);
  const sign = (message: Bytes) => perform(network.custodians, dealt.key, signTask(dealt, message));
  return { ...dealt, network, sign };
}

export function signTask({ key }: DealtKey, message: Bytes) {
  const task: KeyTask = { kind: 'sign', handle: key.handle, message };
  return authorised(task);
}

/** This custodian's shares of this purpose are wrong from now on, and it stands by what it computes. */
export async function cheatAt(network: Network, index: number, purpose: string): Promise<void> {
  await ensurePrss(network.custodians);
  const prss = await prssAt(network, index);
  for (const kind of ['randomShares', 'zeroShares'] as const) {
    const honest = prss[kind].bind(prss);
    prss[kind] = (about, label, group, count) =>
      honest(about, label, group, count).map((value) =>
        about === purpose ? modulo(value + 1n, group.order) : value,
      );
  }
}

/** The coordinator's part of a batch, step by step, so that a test can play one that cheats. */
export function signRequest(label: Bytes, index: number, generation = 0): Bytes {
  return new MessageWriter().bytes(label).u16(index).u32(generation).done();
}
