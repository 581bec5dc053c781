/** Which pages of which layer make the files of a checkpoint: of each page the newest. */
import { type IndexFile, packRawBytes, pageBytes, pagesOf } from '../model/layer-format.ts';
import { CheckpointError } from './errors.ts';
import type { OpenLayer } from './layer-reader.ts';
import { Slices } from './slices.ts';

/** Bytes of a layer's stream of pages that become bytes of a file. */
export interface Piece {
  readonly file: IndexFile;
  readonly fileAt: number;
  readonly rawAt: number;
  readonly length: number;
}

export interface LayerPlan {
  readonly layer: OpenLayer;
  /** By `rawAt`. */
  readonly pieces: readonly Piece[];
}

export interface RestorePlan {
  readonly files: readonly IndexFile[];
  readonly layers: readonly LayerPlan[];
}

/** @param layers oldest first. @throws CheckpointError `damaged` when they do not have every page */
export async function planRestore(layers: readonly OpenLayer[]): Promise<RestorePlan> {
  const { files } = layers.at(-1)!.index;
  const wanted = new Map(files.map((file) => [file.path, new WantedFile(file)]));
  const slices = new Slices();
  const plans: LayerPlan[] = [];
  for (const layer of layers.toReversed()) {
    const pieces: Piece[] = [];
    let rawAt = 0;
    for (const { path, size, runs } of layer.index.files) {
      if (slices.isOver) await slices.rest();
      const target = wanted.get(path);
      for (const { first, count } of runs) {
        for (let page = first; page < first + count; page++) {
          const length = Math.min(pageBytes, size - page * pageBytes);
          if (target?.take(page)) addPiece(pieces, target.file, page * pageBytes, rawAt, length);
          rawAt += length;
        }
      }
    }
    plans.push({ layer, pieces });
  }
  const lacking = files.find(({ path }) => !wanted.get(path)!.isWhole);
  if (lacking !== undefined) throw new CheckpointError('damaged', `no layer has all of ${lacking.path}`);
  return { files, layers: plans.reverse() };
}

function addPiece(pieces: Piece[], file: IndexFile, fileAt: number, rawAt: number, pageLength: number): void {
  const length = Math.min(pageLength, file.size - fileAt);
  const last = pieces.at(-1);
  const follows =
    last !== undefined &&
    last.file === file &&
    last.fileAt + last.length === fileAt &&
    last.rawAt + last.length === rawAt;
  if (follows) pieces[pieces.length - 1] = { ...last, length: last.length + length };
  else pieces.push({ file, fileAt, rawAt, length });
}

/** Pages that a newer layer had. */
class WantedFile {
  readonly file: IndexFile;
  private readonly had: Uint8Array;
  private missing: number;

  constructor(file: IndexFile) {
    this.file = file;
    this.missing = pagesOf(file.size);
    this.had = new Uint8Array(Math.ceil(this.missing / 8));
  }

  get isWhole(): boolean {
    return this.missing === 0;
  }

  /** @returns whether the page is in the file and was not had before */
  take(page: number): boolean {
    if (page * pageBytes >= this.file.size) return false;
    const bit = 1 << (page % 8);
    const byte = Math.floor(page / 8);
    if ((this.had[byte]! & bit) !== 0) return false;
    this.had[byte]! |= bit;
    this.missing--;
    return true;
  }
}

export interface PackPlan {
  readonly pack: number;
  /** Cut at the pack's ends. */
  readonly pieces: readonly Piece[];
}

/** The packs of a layer that are needed, in order. */
export function* packsNeeded({ pieces }: LayerPlan): Generator<PackPlan> {
  let pack = -1;
  let within: Piece[] = [];
  for (const piece of pieces) {
    for (let done = 0; done < piece.length; ) {
      const rawAt = piece.rawAt + done;
      const number = Math.floor(rawAt / packRawBytes);
      if (number !== pack && within.length > 0) {
        yield { pack, pieces: within };
        within = [];
      }
      pack = number;
      const length = Math.min(piece.length - done, (number + 1) * packRawBytes - rawAt);
      within.push({ file: piece.file, fileAt: piece.fileAt + done, rawAt, length });
      done += length;
    }
  }
  if (within.length > 0) yield { pack, pieces: within };
}

/** Stretches of packs that follow one another, each read in one go. */
export function stretchesOf(packs: Iterable<PackPlan>): PackPlan[][] {
  const stretches: PackPlan[][] = [];
  for (const plan of packs) {
    const last = stretches.at(-1);
    if (last !== undefined && last.at(-1)!.pack + 1 === plan.pack) last.push(plan);
    else stretches.push([plan]);
  }
  return stretches;
}
