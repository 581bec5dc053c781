/**
 * Positions as numbers of 52 bits: the globe is halved in turn by longitude and by latitude, and each half adds a bit, so
 * that near positions mostly have near numbers. A cell of step s has s bits of each coordinate.
 * Source: G. M. Morton, 1966 (the order); geohash.org (the text form, with latitudes of the whole globe).
 */

/** Degrees. Latitudes end where the Web Mercator map (EPSG:3857) is square. */
export const longitudeMax = 180;
export const latitudeMax = 85.05112878;
/** Halvings of each coordinate in a score. */
export const stepMax = 26;

export interface Position {
  readonly longitude: number;
  readonly latitude: number;
}

/** A cell by its column and row of 2^step each, counted from the south-west. */
export interface Cell {
  readonly column: number;
  readonly row: number;
  readonly step: number;
}

/** Degrees. */
export interface CellBounds {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** The cell that a position is in. The last longitude and latitude are one column and row beyond the last cells. */
export function cellOf({ longitude, latitude }: Position, step: number, latitudes = latitudeMax): Cell {
  const cells = 2 ** step;
  return {
    column: Math.floor(((longitude + longitudeMax) / (2 * longitudeMax)) * cells),
    row: Math.floor(((latitude + latitudes) / (latitudes - -latitudes)) * cells),
    step,
  };
}

export function cellBounds({ column, row, step }: Cell): CellBounds {
  const cells = 2 ** step;
  return {
    west: -longitudeMax + (column / cells) * 2 * longitudeMax,
    east: -longitudeMax + ((column + 1) / cells) * 2 * longitudeMax,
    south: -latitudeMax + (row / cells) * 2 * latitudeMax,
    north: -latitudeMax + ((row + 1) / cells) * 2 * latitudeMax,
  };
}

/** Bits of the cell: those of the column at odd places, those of the row at even ones. */
export function cellNumber({ column, row }: Cell): number {
  const low = spread(row & 0xffff) + spread(column & 0xffff) * 2;
  const high = spread(row >>> 16) + spread(column >>> 16) * 2;
  return high * 2 ** 32 + low;
}

/** Scores of all positions in the cell: from `min` up to but without `max`. */
export function cellScores(cell: Cell): { min: number; max: number } {
  const number = cellNumber(cell);
  const each = 4 ** (stepMax - cell.step);
  return { min: number * each, max: (number + 1) * each };
}

export function scoreOf(position: Position): number {
  return cellNumber(cellOf(position, stepMax));
}

/** The middle of the cell of a score. Any score has one: of what is no position the bits are taken as they are. */
export function positionOf(score: number): Position {
  let low: number;
  let high: number;
  if (score >= 0 && score < 2 ** 53) {
    const whole = Math.floor(score);
    high = Math.floor(whole / 2 ** 32);
    low = whole >>> 0;
  } else {
    const bits = Number.isFinite(score) ? BigInt.asUintN(64, BigInt(Math.trunc(score))) : 0n;
    high = Number(bits >> 32n);
    low = Number(bits & 0xffffffffn);
  }
  const { west, east, south, north } = cellBounds({
    column: gather(high >>> 1) * 65536 + gather(low >>> 1),
    row: gather(high) * 65536 + gather(low),
    step: stepMax,
  });
  return {
    longitude: within((west + east) / 2, longitudeMax),
    latitude: within((south + north) / 2, latitudeMax),
  };
}

const alphabet = '0123456789bcdefghjkmnpqrstuvwxyz';

/** Eleven characters of five bits each. 52 bits fill ten of them, and the last one is always `0`. */
export function geohashText(position: Position): string {
  let left = cellNumber(cellOf(position, stepMax, 90));
  left = Math.floor(left / 4) % 2 ** 50;
  let text = '0';
  for (let i = 0; i < 10; i++) {
    text = alphabet[left % 32]! + text;
    left = Math.floor(left / 32);
  }
  return text;
}

function within(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}

/** 16 bits to the even places of 32. */
function spread(value: number): number {
  let bits = value & 0xffff;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** The even places of 32 bits to 16 bits. */
function gather(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}
