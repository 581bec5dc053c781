/** Runs a chunk store and its owner on the simulated disk through power cuts. */
import type { ChunkRef } from '../../api/index.ts';
import { type SeededRandom, SimDisk, SimKeyValueStore, seededRandom } from '../../sim/index.ts';
import { frameBytes } from '../format/v1.ts';
import { inPieces, keyOf, Ledger, Owner, type Spoil } from './chunk-owner.ts';

export interface ChunkRun {
  readonly acknowledged: number;
  readonly freed: number;
}

class Violation extends Error {}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Violation(what);
}

async function checkChunk(
  owner: Owner,
  ledger: Ledger,
  chunk: ChunkRef,
  random: SeededRandom,
): Promise<void> {
  const content = ledger.contents.get(keyOf(chunk))!;
  const from = random.chance(0.3) ? 0 : random.below(chunk.length);
  const length = random.below(chunk.length - from + 1);
  const part = await owner.store.read(chunk, from, length);
  check(part.equals(content.subarray(from, from + length)), `other bytes in ${keyOf(chunk)}`);
}

/** Every named chunk is there byte for byte. */
async function checkContent(owner: Owner, ledger: Ledger, random: SeededRandom): Promise<void> {
  for (const [key, chunk] of ledger.live) {
    check(owner.store.has(chunk), `named chunk ${key} is missing`);
    const all = await owner.store.read(chunk, 0, chunk.length);
    check(all.equals(ledger.contents.get(key)!), `other bytes in ${key}`);
    await checkChunk(owner, ledger, chunk, random);
  }
}

async function stageSome(owner: Owner, ledger: Ledger, random: SeededRandom): Promise<ChunkRef> {
  const content = random.bytes(1 + random.below(random.chance(0.1) ? 20_000 : 3000));
  const chunk = await owner.store.stage(random.chance(0.5) ? content : inPieces(content, random));
  ledger.contents.set(keyOf(chunk), content);
  return chunk;
}

const pickLive = (ledger: Ledger, random: SeededRandom): ChunkRef => random.pick([...ledger.live.values()]);

async function workOnce(owner: Owner, ledger: Ledger, random: SeededRandom): Promise<number> {
  const choice = random.below(20);
  // The simulated disk answers without a turn of the event loop: others would never pause for one.
  if (choice === 0) return owner.store.collect({ pause: async () => undefined });
  if (choice === 1) await owner.checkpoint();
  else if (choice === 2) owner.clock.advance(random.below(3) * 60_000);
  else if (choice < 6 && ledger.live.size > 0)
    await checkChunk(owner, ledger, pickLive(ledger, random), random).catch(ignoreGone);
  else if (choice < 9 && ledger.live.size > 0)
    await owner.commit({ name: [], drop: [pickLive(ledger, random)] });
  else {
    const chunks: ChunkRef[] = [];
    for (let count = 1 + random.below(3); count > 0; count -= 1)
      chunks.push(await stageSome(owner, ledger, random));
    if (random.chance(0.2)) {
      if (random.chance(0.5)) owner.store.unstage(chunks);
      return 0;
    }
    await owner.store.sync(chunks);
    if (random.chance(0.1)) {
      if (random.chance(0.5)) owner.store.unstage(chunks);
      return 0;
    }
    await owner.commit({ name: chunks, drop: [] });
  }
  return 0;
}

/** A chunk picked for reading may be dropped and collected before the read starts. */
function ignoreGone(error: Error & { code?: string }): void {
  if (error.code !== 'chunk-unknown') throw error;
}

async function workUntilCut(
  owner: Owner,
  disk: SimDisk,
  ledger: Ledger,
  random: SeededRandom,
): Promise<number> {
  let freed = 0;
  const worker = async (own: SeededRandom): Promise<void> => {
    while (!disk.isOff) freed += await workOnce(owner, ledger, own);
  };
  const ends = await Promise.allSettled(Array.from({ length: 4 }, () => worker(random.fork())));
  for (const end of ends) {
    if (end.status === 'rejected' && !(disk.isOff && isConsequence(end.reason))) throw end.reason;
  }
  return freed;
}

/** Without power every operation fails in some way; a broken promise of the store stays one. */
const isConsequence = (error: unknown): boolean => !(error instanceof Violation);

/** After everything has settled, only named chunks take space. */
async function checkSpace(owner: Owner, ledger: Ledger): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    owner.clock.advance(25 * 60 * 60_000);
    await owner.store.collect();
  }
  let live = 0;
  for (const chunk of ledger.live.values()) live += frameBytes(chunk.length);
  const usage = owner.store.usage();
  check(usage.liveBytes === live, `live bytes ${usage.liveBytes}, named ${live}`);
  // Files still written may hold garbage until they are full; four were written at once.
  check(usage.bytes <= live * 2 + usage.files * 512 + 8 * 40_000, `${usage.bytes} bytes for ${live} live`);
}

export async function runChunkPowerCuts(seed: number, spoil: Spoil = (disk) => disk): Promise<ChunkRun> {
  const random = seededRandom(seed);
  const ledger = new Ledger();
  let disk = new SimDisk(random.fork());
  let kv = new SimKeyValueStore(random.fork());
  let freed = 0;
  for (let generation = 0; generation < 3; generation += 1) {
    disk.cutAfter(1 + random.below(random.pick([60, 400, 900])));
    try {
      const owner = await Owner.open(spoil(disk), kv, ledger, random);
      await checkContent(owner, ledger, random);
      freed += await workUntilCut(owner, disk, ledger, random);
    } catch (error) {
      if (!disk.isOff || !isConsequence(error))
        throw new Error(`seed ${seed}, generation ${generation}`, { cause: error });
    }
    const killed = random.chance(0.3);
    disk = killed ? disk.afterKill() : disk.powerCut();
    kv = killed ? kv.afterKill() : kv.powerCut();
  }
  try {
    const owner = await Owner.open(disk, kv, ledger, random);
    await checkContent(owner, ledger, random);
    await checkSpace(owner, ledger);
    await checkContent(owner, ledger, random);
    await owner.store.close();
  } catch (error) {
    throw new Error(`seed ${seed}, last opening`, { cause: error });
  }
  return { acknowledged: ledger.steps.length, freed };
}
