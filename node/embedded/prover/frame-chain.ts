/** Where the chain of frames goes on when a prover opens: its newest frame, and the first number that none ever had. */
import { NodeError } from '../../api/index.ts';
import { sameBytes } from '../../proving/format/bytes.ts';
import { encodeGenesis, type Genesis, trustRoot } from '../../proving/format/v1/genesis.ts';
import type { SignedFrame } from '../../proving/format/v1/proof.ts';
import type { FrameRecord } from '../../proving/frame-record.ts';
import type { FrameFiles } from './frame-files.ts';

export interface FrameChain {
  /** Of this network, above the one that the trees hold; undefined when that is the newest. */
  readonly newest: FrameRecord | undefined;
  readonly nextNumber: number;
}

export interface ChainParts {
  readonly genesis: Genesis;
  /** The genesis document was made now. */
  readonly isFresh: boolean;
  /** The frame that the trees hold. */
  readonly stored: FrameRecord | undefined;
  readonly files: FrameFiles;
  /** Whether our frame key signed it. */
  readonly isSigned: (frame: SignedFrame) => boolean;
  readonly nowMs: () => number;
  readonly warn: (message: string) => void;
}

/** @throws NodeError `corrupt` when the genesis document is not that of our own frames: changed, its trust root is another */
export async function openChain(parts: ChainParts): Promise<FrameChain> {
  const { genesis, isFresh, stored, files, isSigned } = parts;
  const root = trustRoot(encodeGenesis(genesis));
  const isOurs = ({ frame }: FrameRecord): boolean => sameBytes(frame.header.trustRoot, root);
  // Trees of another gateway are only trees to be built again.
  if (stored !== undefined && !isOurs(stored) && isSigned(stored.frame))
    throw new NodeError('corrupt', 'the genesis document is another than that of the frames beside it');
  const last = stored !== undefined && isOurs(stored) ? stored.frame.header.number : 0;
  const newest = await files.newest(last, (record) => isOurs(record) && isSigned(record.frame));
  const highest = Math.max(last, files.highest);
  if (isFresh && highest > 0)
    parts.warn('there was no genesis document: a new network begins, with another trust root');
  if (isFresh || highest > 0) return { newest, nextNumber: highest + 1 };
  return { newest, nextNumber: numberOfNone(parts) };
}

/** When every frame is gone: one above the milliseconds since the network began, for no frame takes less. */
function numberOfNone({ genesis, nowMs, warn }: ChainParts): number {
  const number = Math.max(0, nowMs() - genesis.createdMs) + 1;
  warn(`no frame of this network was found: the next has the number ${number}`);
  return number;
}
