/** What the admin API asks of the prover and of the services that keep what is proven. */
import { type ProofQuery, ProofUnavailable, type Service } from '@hypergate/kit';
import type { ProofStatus, TrustRoot } from '@hypergate/openapi/admin';

/** What a prover tells about itself: `ProverStatus` of the node, as far as it is shown. */
export interface ProverState {
  readonly state: 'starting' | 'running' | 'failed' | 'closed';
  readonly reason: string | undefined;
  readonly last: SignedFrame | undefined;
  /** Age of the oldest applied write that no signed frame shows. */
  readonly lagMs: number;
  /** Asked for and not answered. */
  readonly proofs: number;
  /** 32 bytes. */
  readonly trustRoot: Uint8Array | undefined;
}

export interface SignedFrame {
  readonly number: number;
  readonly timeMs: number;
  /** Entries of phase sets that it changed. */
  readonly changed: number;
  readonly buildMs: number;
}

/** The network that a trust root stands for, from its genesis document. */
export interface ProofNetwork {
  readonly name: string;
  readonly discriminantBits: number;
}

export interface ProofSource {
  /** undefined: proofs are switched off. */
  status(): ProverState | undefined;
  /** Number of the first frame that shows all that is applied now, signed or to come; undefined when there will be none. */
  nextFrame(): number | undefined;
  /** undefined before the prover has opened it. */
  network(): ProofNetwork | undefined;
}

/** Of a gateway that proves nothing. */
export const noProofs: ProofSource = {
  status: () => undefined,
  nextFrame: () => undefined,
  network: () => undefined,
};

/** Asks the service whose name, or own scheme, is the target's. @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, services: readonly Service[]): Promise<string> {
  const scheme = /^([a-z][a-z0-9-]*):\/\//.exec(query.target)?.[1];
  const schemeOf = ({ name, proofScheme = name }: Service) => proofScheme;
  const service = services.find((one) => schemeOf(one) === scheme);
  if (service?.prove !== undefined) return await service.prove(query);
  const schemes = services.flatMap((one) => (one.prove === undefined ? [] : [`${schemeOf(one)}://`]));
  const known = schemes.length === 0 ? 'no service here proves anything' : `known: ${schemes.join(', ')}`;
  if (scheme === undefined) {
    throw new ProofUnavailable(400, `the target does not begin with a service's name and :// (${known})`);
  }
  const what = service === undefined ? `there is no service ${scheme}` : `${scheme} proves nothing`;
  throw new ProofUnavailable(400, `${what} (${known})`);
}

export function proofStatus(source: ProofSource): ProofStatus {
  const status = source.status();
  if (status === undefined) return { state: 'off', lagSeconds: 0, waiting: 0 };
  const { state, reason, last, lagMs, proofs, trustRoot } = status;
  const nextFrame = source.nextFrame();
  return {
    state,
    lagSeconds: lagMs / 1000,
    waiting: proofs,
    ...(reason === undefined ? {} : { reason }),
    ...(last === undefined ? {} : { frame: last.number, frameTime: new Date(last.timeMs).toISOString() }),
    ...(nextFrame === undefined ? {} : { nextFrame }),
    ...(trustRoot === undefined ? {} : { trustRoot: hexText(trustRoot) }),
  };
}

/** @throws ProofUnavailable when proofs are switched off */
export function requireProofs(source: Pick<ProofSource, 'status'>): ProverState {
  const status = source.status();
  if (status !== undefined) return status;
  throw new ProofUnavailable(503, 'nothing is proven here: proofs are switched off (HYPERGATE_PROOFS)');
}

/** @throws ProofUnavailable */
export function readTrustRoot(source: ProofSource): TrustRoot {
  const status = requireProofs(source);
  const network = source.network();
  if (status.trustRoot === undefined || network === undefined) {
    const why = status.reason === undefined ? '' : `: ${status.reason}`;
    throw new ProofUnavailable(503, `there is no trust root, as the prover is ${status.state}${why}`);
  }
  return {
    trustRoot: hexText(status.trustRoot),
    network: network.name,
    frame: status.last?.number ?? 0,
    discriminantBits: network.discriminantBits,
  };
}

function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

const header = 'x-hypergate-frame';
const noHeaders: Readonly<Record<string, string>> = {};

/**
 * Header of every answer of the AWS port: by which frame at the latest what the answer saw is shown. Asked for once per answer, so
 * the object is made anew only when the number is another.
 */
export function frameHeader(source: Pick<ProofSource, 'nextFrame'>): () => Readonly<Record<string, string>> {
  let number: number | undefined;
  let headers = noHeaders;
  return () => {
    const next = source.nextFrame();
    if (next !== number) {
      number = next;
      headers = next === undefined ? noHeaders : { [header]: String(next) };
    }
    return headers;
  };
}
