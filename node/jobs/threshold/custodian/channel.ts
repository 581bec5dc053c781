/**
 * The channel between a coordinator and a custodian: that of sessions of computations (SIGMA-I, AES-256-GCM records with counters, both
 * ends by pinned keys; node/jobs/mpc/session). What sessions agree on is here the committee: an end that knows another one is not
 * talked to. The coordinator dials. A small message costs about 25 us at either end, of which half are the system's.
 */
import type { TaggedKey } from '../../../api/index.ts';
import type { RandomSource } from '../../../crypto/random.ts';
import type { SessionClock } from '../../mpc/session/clock.ts';
import type { Membership } from '../../mpc/session/connect.ts';
import type { Identity } from '../../mpc/session/identity.ts';
import type { Committee } from '../committee.ts';
import { committeeHash } from './format/committee.ts';
import { custodianLimits } from './limits.ts';

export const coordinatorName = 'coordinator';

/** As sessions name a custodian. */
export function custodianName(index: number): string {
  return `custodian-${index}`;
}

export interface ChannelPlan {
  readonly committee: Committee;
  readonly coordinator: TaggedKey;
  /** The custodian whose channel it is. */
  readonly custodian: number;
  readonly me: string;
  readonly identity: Identity;
}

export interface ChannelModules {
  readonly random: RandomSource;
  readonly clock: SessionClock;
  /** Ends a handshake that is under way; its reason is an MpcAbort. */
  readonly signal: AbortSignal;
}

export function channelMembership(plan: ChannelPlan, { random, clock, signal }: ChannelModules): Membership {
  const { committee, coordinator, custodian, me, identity } = plan;
  const agreement = committeeHash(committee, coordinator);
  const member = committee.members[custodian - 1];
  if (member === undefined) throw new RangeError('no such custodian');
  return {
    me,
    clock,
    signal,
    random: (length) => random.bytes(length),
    claim: { identity, agreement },
    channel: {
      clock,
      idleMs: custodianLimits.channelIdleMs,
      unreadBytesMax: custodianLimits.channelUnreadBytesMax,
    },
    description: {
      name: `custody/${Buffer.from(agreement).toString('hex')}/${custodian}`,
      // Names no protocol here: the handshake takes descriptions of sessions.
      level: 'malicious',
      demand: { keys: true, level: 'malicious' },
      runs: [],
      // The later of two dials.
      parties: [
        { name: custodianName(custodian), key: member.key },
        { name: coordinatorName, key: coordinator },
      ],
    },
  };
}
