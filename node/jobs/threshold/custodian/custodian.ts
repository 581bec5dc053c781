/**
 * One custodian: what it keeps, who it is, what it answers. Reads as the order in which it starts.
 */
import type { KeyObject } from 'node:crypto';
import type { Authority, TaggedKey } from '../../../api/index.ts';
import { ed25519SigningKey } from '../../../crypto/ed25519.ts';
import type { RandomSource } from '../../../crypto/random.ts';
import type { KeyValueStore } from '../../../store/kv.ts';
import { MpcAbort } from '../../mpc/errors.ts';
import { systemClock } from '../../mpc/session/clock.ts';
import { acceptParties } from '../../mpc/session/transports/tcp-listen.ts';
import type { Committee } from '../committee.ts';
import { memberOf, openIdentity } from '../identity.ts';
import { OpenRounds } from '../open-rounds.ts';
import type { Handler, Party } from '../party.ts';
import { Authorisation, type EvidenceModule } from './authorisation.ts';
import { CatchUp } from './catch-up.ts';
import { channelMembership, custodianName } from './channel.ts';
import { addControlHandlers } from './control-handlers.ts';
import { Dispatch } from './dispatch.ts';
import { committeeHash } from './format/committee.ts';
import type { CustodianState } from './format/envelope.ts';
import { PeerLinks } from './links.ts';
import { ownerOf } from './owner.ts';
import { custodianSecrets } from './secrets.ts';
import { CoordinatorServer } from './serve.ts';
import { Standing } from './standing.ts';
import { type CustodianStore, openCustodianStore } from './store/custodian-store.ts';
import { committeesOf, type Succession } from './succession.ts';

export interface CustodianOptions {
  /** Index in the committee. */
  readonly me: number;
  readonly committee: Committee;
  /** How the committee came from the one that was founded, if members were replaced. Ends with it. */
  readonly succession?: Succession;
  /** Whose requests it answers. */
  readonly coordinator: TaggedKey;
  /** Where it listens; port 0 takes any. */
  readonly host: string;
  readonly port: number;
}

/** What the parts of a custodian that are made elsewhere are made of. */
export interface CustodianParts {
  readonly party: Party;
  readonly store: CustodianStore;
  readonly links: PeerLinks;
}

/** What a custodian does is put together by whoever starts it. */
export interface Composition {
  readonly handlers: readonly Handler[];
  readonly authority: Authority;
  readonly evidence: EvidenceModule;
}

export interface CustodianModules {
  /** Its own; nobody else writes there. */
  readonly store: KeyValueStore;
  /** Takes what was removed under a key of the store out of its files. */
  readonly erase?: (key: Uint8Array) => Promise<void>;
  /** Root of its keystore. */
  readonly root: KeyObject;
  readonly random: RandomSource;
  readonly compose: (parts: CustodianParts) => Composition | Promise<Composition>;
  /** Something failed that should not have. */
  readonly report: (what: string, error: unknown) => void;
}

export interface Custodian {
  readonly host: string;
  readonly port: number;
  readonly state: CustodianState;
  /** Leaves the key-value store open: it is its giver's. */
  close(): Promise<void>;
}

/**
 * @throws RangeError when its keys are not those of the committee's member; ForeignDirectory; NodeError `corrupt`; what the system says
 * when it cannot listen
 */
export async function openCustodian(
  options: CustodianOptions,
  modules: CustodianModules,
): Promise<Custodian> {
  const { me, committee, coordinator, succession } = options;
  const { random, report } = modules;

  // 1. Who it is, in a committee that it may follow.
  const { seeds, storeKey } = custodianSecrets(modules.root);
  const history = succession ?? { coordinator, first: committee, handovers: [] };
  const committees = committeesOf(history);
  const last = committeeHash(committees.at(-1)!, history.coordinator);
  if (Buffer.compare(last, committeeHash(committee, coordinator)) !== 0)
    throw new RangeError('the committee is not the one at the end of its history');
  const owner = ownerOf(memberOf(me, seeds), committees, coordinator);

  // 2. What it keeps.
  const store = await openCustodianStore(owner, { ...modules, key: storeKey });

  // 3. Where it is found, by coordinator and by the others.
  const listener = await acceptParties({ host: options.host, port: options.port });
  const identity = ed25519SigningKey(seeds.signing);
  const links = new PeerLinks(listener, identity);

  // 4. What it answers.
  const kept = { keys: store.shares, prss: store.prss };
  const party: Party = {
    me,
    committee,
    identity: openIdentity(me, seeds, committee, random),
    random,
    rounds: new OpenRounds(() => performance.now()),
    links,
    ...kept,
  };
  const { handlers, authority, evidence } = await modules.compose({ party, store, links });
  let server: CoordinatorServer | undefined;
  const standing = new Standing((state) => server?.notify(state));
  const authorisation = new Authorisation(evidence, authority);
  const dispatch = new Dispatch({
    party,
    handlers,
    authorisation,
    standing,
    graves: store.shares,
    report,
  });
  const catchUp = new CatchUp({ party, authority, standing, values: store.values });
  addControlHandlers(dispatch, {
    authorisation,
    authority,
    catchUp,
    keys: store.shares,
    links,
    mailbox: store.mailbox,
    standing,
  });

  // 5. Answers.
  const ending = new AbortController();
  const membership = channelMembership(
    { committee, coordinator, custodian: me, me: custodianName(me), identity },
    { random, clock: systemClock, signal: ending.signal },
  );
  server = new CoordinatorServer(listener, membership, dispatch, () => standing.state);
  return {
    host: listener.host,
    port: listener.port,
    get state() {
      return standing.state;
    },
    async close() {
      ending.abort(new MpcAbort('cancelled', custodianName(me), 'it ends'));
      await server.close();
      await listener.close();
    },
  };
}
