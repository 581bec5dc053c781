/** The genesis document of this gateway: made once, kept in `genesis`, never changed. */

import { NodeError } from '../../api/index.ts';
import type { AcceptedKey, Bls, SecretKey } from '../../crypto/bls48581/index.ts';
import { sameBytes } from '../../proving/format/bytes.ts';
import { decodeGenesis, encodeGenesis, type Genesis } from '../../proving/format/v1/genesis.ts';
import type { Disk } from '../../store/disk.ts';

export interface NewNetwork {
  readonly name: string;
  readonly createdMs: number;
  readonly seed: Uint8Array;
  readonly leafAtomsMax: number;
  readonly discriminantBits: number;
  readonly srsHash: Uint8Array;
}

export interface OpenedGenesis {
  readonly genesis: Genesis;
  /** Ours, the only one in it. */
  readonly frameKey: AcceptedKey;
  /** It was made now. */
  readonly isFresh: boolean;
}

/**
 * @param fresh what a new document says; one that is there is taken as it is
 * @throws NodeError `corrupt` when it is damaged, or its key is not ours
 */
export async function openGenesis(
  folder: string,
  fresh: () => NewNetwork,
  secret: SecretKey,
  { bls, disk }: { readonly bls: Bls; readonly disk: Disk },
): Promise<OpenedGenesis> {
  const path = `${folder}/genesis`;
  const publicKey: AcceptedKey = bls.publicKey(secret);
  const own = bls.encodePublicKey(publicKey);
  const found = await readWhole(path, disk);
  if (found !== undefined) {
    const genesis = decoded(found);
    if (!sameBytes(genesis.frameKeys[0]?.publicKey ?? new Uint8Array(0), own)) {
      throw new NodeError('corrupt', 'the genesis document names another frame key than the keystore has');
    }
    return { genesis, frameKey: publicKey, isFresh: false };
  }
  const possession = bls.encodeSignature(bls.provePossession(secret));
  const genesis: Genesis = { ...fresh(), frameKeys: [{ publicKey: own, possession }] };
  await disk.makeFolder(folder);
  const file = await disk.open(`${path}.new`, 'create');
  try {
    const bytes = encodeGenesis(genesis);
    await file.write(0, [bytes]);
    await file.truncate(bytes.length);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.new`, path);
  await disk.syncFolder(folder);
  return { genesis, frameKey: publicKey, isFresh: true };
}

async function readWhole(path: string, disk: Disk): Promise<Uint8Array | undefined> {
  try {
    const file = await disk.open(path, 'read');
    try {
      return await file.read(0, await file.size());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function decoded(bytes: Uint8Array): Genesis {
  try {
    return decodeGenesis(bytes);
  } catch (error) {
    throw new NodeError('corrupt', 'the genesis document is damaged', { cause: error });
  }
}
