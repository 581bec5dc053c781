/** A custodian of a benchmark in a process of its own: handles what it is asked over the channel to its parent. */
import type { KeyTask } from '../../../../api/index.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import { acceptParties, identityFromSeed } from '../../../mpc/session/index.ts';
import type { Committee } from '../../committee.ts';
import { PeerLinks } from '../../custodian/links.ts';
import { type IdentitySeeds, openIdentity } from '../../identity.ts';
import { OpenRounds } from '../../open-rounds.ts';
import type { Party } from '../../party.ts';
import { MemoryShares } from '../../test/support/network.ts';
import { macHandlers, macSchemes, prepareCircuits } from '../index.ts';

export type CustodianRequest =
  | {
      readonly type: 'start';
      readonly me: number;
      readonly seeds: IdentitySeeds;
      readonly committee: Committee;
    }
  | { readonly type: 'ports'; readonly ports: Readonly<Record<number, number>> }
  | { readonly type: 'ask'; readonly kind: string; readonly body: Uint8Array; readonly task?: KeyTask };

export type CustodianAnswer =
  | { readonly id: number; readonly value: unknown; readonly cpuMs: number }
  | { readonly id: number; readonly error: string };

const host = '127.0.0.1';
const byKind = new Map(macHandlers.map((handler) => [handler.kind, handler]));
let party: Party | undefined;
let links: PeerLinks | undefined;

process.on('message', ({ id, request }: { id: number; request: CustodianRequest }) => {
  answer(request).then(
    (value) => {
      const { user, system } = process.cpuUsage();
      process.send?.({ id, value, cpuMs: (user + system) / 1000 } satisfies CustodianAnswer);
    },
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies CustodianAnswer),
  );
});
process.on('disconnect', () => process.exit());

async function answer(request: CustodianRequest): Promise<unknown> {
  switch (request.type) {
    case 'start':
      return start(request);
    case 'ports':
      links!.setAddresses(
        Object.entries(request.ports).map(([index, port]) => ({ index: Number(index), host, port })),
      );
      return undefined;
    case 'ask': {
      const { kind, body, task } = request;
      return byKind.get(kind)!.handle(party!, { body, ...(task === undefined ? {} : { task }) });
    }
  }
}

/** @returns the port */
async function start({
  me,
  seeds,
  committee,
}: Extract<CustodianRequest, { type: 'start' }>): Promise<number> {
  const random = createPooledRandom();
  const listener = await acceptParties({ host, port: 0 });
  links = new PeerLinks(listener, identityFromSeed(seeds.signing));
  party = {
    me,
    committee,
    identity: openIdentity(me, seeds, committee, random),
    random,
    keys: new MemoryShares(),
    rounds: new OpenRounds(() => performance.now()),
    links,
  };
  for (const scheme of macSchemes) prepareCircuits(scheme);
  return listener.port;
}
