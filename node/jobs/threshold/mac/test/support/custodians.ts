/** Four custodians with keys for MACs, in one process. */
import type { KeyScheme } from '../../../../../api/index.ts';
import type { SessionClock } from '../../../../mpc/session/index.ts';
import type { KeyCommon } from '../../../party.ts';
import { authorised, createNetwork, type Network } from '../../../test/support/network.ts';
import { closeMeetings, createMac, importMac, macHandlers, performMac } from '../../index.ts';
import type { LinkTimes } from '../../links.ts';
import { createSwitchboard, type Switchboard } from './switchboard.ts';

export interface MacNetwork extends Network {
  readonly board: Switchboard;
  create(scheme: KeyScheme): Promise<KeyCommon>;
  bringIn(scheme: KeyScheme, material: Uint8Array): Promise<KeyCommon>;
  mac(key: KeyCommon, message: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

export function createMacNetwork(clock?: SessionClock, times?: LinkTimes): MacNetwork {
  const board = createSwitchboard(clock, times);
  const network = createNetwork(macHandlers, 4, 1, board.linksOf);
  const { custodians, parties } = network;
  const handle = () => Uint8Array.from(custodians.random.bytes(16));
  // The network's functions look at the object that they were made with: what a test sets has to arrive there.
  return Object.assign(network, {
    board,
    create: (scheme: KeyScheme) =>
      createMac(custodians, authorised({ kind: 'create', handle: handle(), scheme })),
    bringIn: (scheme: KeyScheme, material: Uint8Array) =>
      importMac(custodians, authorised({ kind: 'import', handle: handle(), scheme }), material),
    mac: async (key: KeyCommon, message: Uint8Array) => {
      const task = { kind: 'mac', handle: key.handle, message } as const;
      return Buffer.from(await performMac(custodians, key, authorised(task))).toString('hex');
    },
    close: async () => void (await Promise.all(parties.map(closeMeetings))),
  });
}
