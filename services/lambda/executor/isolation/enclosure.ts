/** Rooms and networks for functions, on whatever ground the platform gives; none where one of its parts cannot be made. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlGroup } from './cgroup.ts';
import { type Ground, takeGround } from './ground.ts';
import { Networks } from './network.ts';
import { makeRoom, type Room } from './room.ts';
import type { SurroundingsOptions } from './surroundings.ts';
import { findTools, type Tools } from './tools.ts';
import { tryRoom } from './trial.ts';

export interface Enclosure {
  readonly tools: Tools;
  readonly ground: Ground;
  readonly closed: Room;
  readonly open: Room;
  readonly networks: Networks;
  close(): Promise<void>;
}

/** In no control group. */
const ungrouped: ControlGroup = {
  folders: [],
  usedBytes: () => undefined,
  peakBytes: () => undefined,
  ranOut: () => false,
  processes: () => [],
  remove: async () => undefined,
};

/** @param missing is told why there is none, and what there is not in it */
export async function enclose(
  options: SurroundingsOptions,
  missing: string[],
  uid: number,
): Promise<Enclosure | undefined> {
  const tools = findTools();
  if (!('sh' in tools)) {
    missing.push(openSentence(`${tools.join(', ')} cannot be found`));
    return undefined;
  }
  let ground: Ground;
  try {
    ground = await takeGround(tools);
  } catch (error) {
    missing.push(openSentence(`it is not started as root, and ${(error as Error).message}`));
    return undefined;
  }
  const { node, sdk, engines, doors, folder } = options;
  const networks = new Networks({ tools, ground, node, doors });
  const rooms = await Promise.allSettled(
    (['closed', 'open'] as const).map((kind) =>
      makeRoom({ tools, ground, folder: join(folder, kind), node, sdk, engines, isOpen: kind === 'open' }),
    ),
  );
  const [closed, open] = rooms.map((room) => (room.status === 'fulfilled' ? room.value : undefined));
  const close = async () => {
    await Promise.all([networks.stop(), closed?.close(), open?.close()]);
    await ground.close();
  };
  try {
    for (const room of rooms) if (room.status === 'rejected') throw room.reason;
    const networkPid = await networks.prepare();
    const empty = join(folder, 'empty');
    mkdirSync(empty, { mode: 0o755 });
    await Promise.all(
      [closed!, open!].map((room) =>
        tryRoom({ tools, ground, room, networkPid, group: ungrouped, uid }, folder, empty),
      ),
    );
  } catch (error) {
    missing.push(openSentence((error as Error).message));
    await close();
    return undefined;
  }
  if (!tools.ip) missing.push('Functions cannot call the gateway: ip of iproute2 cannot be found.');
  if (ground.kind === 'user')
    missing.push(
      "Functions have no users of their own: the gateway is not root. User namespaces keep them apart from it; what the kernel counts by user, they share with it, and those that may run programs share the user's kernel keyrings.",
    );
  return { tools, ground, closed: closed!, open: open!, networks, close };
}

const openSentence = (reason: string) =>
  `Functions run among the gateway's own files and network: ${reason}.`;
