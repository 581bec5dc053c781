/** One file of the simulated disk: what is durable, what the program sees, and what lies between. */
import type { SeededRandom } from './random.ts';

export const simSectorBytes = 512;

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number };

/** How one power cut treats unsynced bytes of a file. */
export type CutMood = 'drop' | 'keep' | 'mix' | 'garble';
const moods: readonly CutMood[] = ['drop', 'keep', 'mix', 'mix', 'garble'];

function grown(content: Buffer, size: number): Buffer {
  if (content.length >= size) return content;
  const larger = Buffer.alloc(Math.max(size, Math.min(content.length * 2, content.length + 1024 * 1024)));
  content.copy(larger);
  return larger;
}

export class SimFile {
  #durable: Buffer;
  #durableSize: number;
  #current: Buffer;
  size: number;
  #changes: Change[] = [];

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#durable = content;
    this.#durableSize = content.length;
    this.#current = Buffer.from(content);
    this.size = content.length;
  }

  read(position: number, length: number): Buffer {
    const end = Math.min(this.size, position + length);
    return Buffer.from(this.#current.subarray(Math.min(position, end), end));
  }

  write(position: number, bytes: Buffer): void {
    this.#changes.push({ kind: 'write', position, bytes });
    this.#current = grown(this.#current, position + bytes.length);
    bytes.copy(this.#current, position);
    this.size = Math.max(this.size, position + bytes.length);
  }

  truncate(length: number): void {
    this.#changes.push({ kind: 'truncate', length });
    this.#current = grown(this.#current, length);
    if (length < this.size) this.#current.fill(0, length);
    this.size = length;
  }

  /** Call before the sync takes time: what is written meanwhile is not covered. Returns the completion. */
  startSync(): () => void {
    const covered = this.#changes.length;
    return () => {
      for (const change of this.#changes.splice(0, covered)) this.#settle(change);
    };
  }

  #settle(change: Change): void {
    if (change.kind === 'truncate') {
      this.#durable = grown(this.#durable, change.length);
      if (change.length < this.#durableSize) this.#durable.fill(0, change.length);
      this.#durableSize = change.length;
      return;
    }
    const end = change.position + change.bytes.length;
    this.#durable = grown(this.#durable, end);
    change.bytes.copy(this.#durable, change.position);
    this.#durableSize = Math.max(this.#durableSize, end);
  }

  /** The file after a power cut: any subset of unsynced sectors, in any state. */
  survivor(random: SeededRandom): SimFile {
    const mood = random.pick(moods);
    const keep = random.pick([0.1, 0.5, 0.9]);
    let content = Buffer.from(this.#durable.subarray(0, this.#durableSize));
    for (const change of this.#changes) {
      if (mood === 'drop') break;
      if (change.kind === 'truncate') {
        if (mood === 'keep' || random.chance(keep)) {
          const cut = Buffer.alloc(change.length);
          content.copy(cut);
          content = cut;
        }
        continue;
      }
      content = surviveWrite(content, change.position, change.bytes, mood, keep, random);
    }
    return new SimFile(content);
  }
}

function surviveWrite(
  before: Buffer<ArrayBuffer>,
  position: number,
  bytes: Buffer,
  mood: CutMood,
  keep: number,
  random: SeededRandom,
): Buffer<ArrayBuffer> {
  const end = position + bytes.length;
  let content = before;
  // The size is metadata: it may arrive without the data.
  if (end > content.length && (mood === 'keep' || random.chance(keep))) {
    content = Buffer.concat([content, Buffer.alloc(end - content.length)]);
  }
  for (let sector = Math.floor(position / simSectorBytes); sector * simSectorBytes < end; sector += 1) {
    if (mood !== 'keep' && !random.chance(keep)) continue;
    const from = Math.max(position, sector * simSectorBytes);
    const to = Math.min(end, (sector + 1) * simSectorBytes);
    if (to > content.length) content = Buffer.concat([content, Buffer.alloc(to - content.length)]);
    bytes.copy(content, from, from - position, to - position);
    if (mood === 'garble' && random.chance(0.2)) garble(content, sector, random);
  }
  return content;
}

/** A sector caught in the middle: a flipped bit or noise, also over bytes that the write did not mean. */
function garble(content: Buffer, sector: number, random: SeededRandom): void {
  const from = sector * simSectorBytes;
  const to = Math.min(content.length, from + simSectorBytes);
  if (random.chance(0.5)) {
    const at = from + random.below(to - from);
    content[at] = content[at]! ^ (1 << random.below(8));
    return;
  }
  random.bytes(to - from).copy(content, from);
}
