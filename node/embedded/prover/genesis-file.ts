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

export interface GenesisModules {
  readonly bls: Bls;
  readonly disk: Disk;
}

/**
 * The document that is there, taken as it is; undefined when there is none.
 * @throws NodeError `corrupt` when it is damaged, or its key is not ours
 */
export async function findGenesis(
  folder: string,
  frameKey: AcceptedKey,
  { bls, disk }: GenesisModules,
): Promise<Genesis | undefined> {
  const found = await readWhole(pathIn(folder), disk);
  if (found === undefined) return undefined;
  const genesis = decoded(found);
  if (!sameBytes(genesis.frameKeys[0]?.publicKey ?? new Uint8Array(0), bls.encodePublicKey(frameKey))) {
    throw new NodeError('corrupt', 'the genesis document names another frame key than the keystore has');
  }
  return genesis;
}

/** Begins a network: on the disk when it resolves. */
export async function makeGenesis(
  folder: string,
  network: NewNetwork,
  { secret, frameKey }: { readonly secret: SecretKey; readonly frameKey: AcceptedKey },
  { bls, disk }: GenesisModules,
): Promise<Genesis> {
  const path = pathIn(folder);
  const possession = bls.encodeSignature(bls.provePossession(secret));
  const publicKey = bls.encodePublicKey(frameKey);
  const genesis: Genesis = { ...network, frameKeys: [{ publicKey, possession }] };
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
  return genesis;
}

const pathIn = (folder: string): string => `${folder}/genesis`;

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
