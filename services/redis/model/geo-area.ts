/**
 * Areas to search: which cells of the grid cover a circle or a rectangle. They are the cell of the centre and its eight
 * neighbours, at the finest step whose cells are large enough, without neighbours that cannot reach into the area. The
 * order of the cells is the order of what a search finds, so it is that of Redis.
 */
import { degrees, distance, earthRadiusMetres, latitudeDistance, radians } from './geo-distance.ts';
import { type Cell, cellBounds, cellOf, type Position, stepMax } from './geohash.ts';

export type GeoShape =
  | { readonly kind: 'circle'; readonly centre: Position; readonly radiusMetres: number }
  | {
      readonly kind: 'box';
      readonly centre: Position;
      readonly widthMetres: number;
      readonly heightMetres: number;
    };

/** Half of the equator on the Web Mercator map (EPSG:3857). */
const mercatorMaxMetres = 20037726.37;

/** How far a position in the shape is from its centre, in metres; undefined outside. */
export function distanceWithin(shape: GeoShape, position: Position): number | undefined {
  const { centre } = shape;
  if (shape.kind === 'circle') {
    const metres = distance(centre, position);
    return metres > shape.radiusMetres ? undefined : metres;
  }
  if (latitudeDistance(position.latitude, centre.latitude) > shape.heightMetres / 2) return undefined;
  // East to west along the parallel of the position.
  const across = distance(position, { longitude: centre.longitude, latitude: position.latitude });
  if (across > shape.widthMetres / 2) return undefined;
  return distance(centre, position);
}

/** Cells that together hold every position of the shape; none is there twice in a row. */
export function coveringCells(shape: GeoShape): Cell[] {
  const { centre } = shape;
  const bounds = boundsOf(shape);
  let step = stepFor(reachOf(shape), centre.latitude);
  let cell = cellOf(centre, step);
  // Near an edge of its cell the centre may reach beyond the neighbours: larger cells, once.
  if (
    step > 1 &&
    (cellBounds(moved(cell, 0, 1)).north < bounds.north ||
      cellBounds(moved(cell, 0, -1)).south > bounds.south ||
      cellBounds(moved(cell, 1, 0)).east < bounds.east ||
      cellBounds(moved(cell, -1, 0)).west > bounds.west)
  ) {
    step--;
    cell = cellOf(centre, step);
  }
  const own = cellBounds(cell);
  // In the two halvings of the globe at step 1 every cell is a neighbour on both sides.
  const all = step < 2;
  const north = all || !(own.north > bounds.north);
  const south = all || !(own.south < bounds.south);
  const east = all || !(own.east > bounds.east);
  const west = all || !(own.west < bounds.west);
  const cells = [cell];
  const add = (wanted: boolean, columns: number, rows: number): void => {
    if (!wanted) return;
    const next = moved(cell, columns, rows);
    const last = cells.at(-1)!;
    if (cells.length > 1 && last.column === next.column && last.row === next.row) return;
    cells.push(next);
  };
  add(north, 0, 1);
  add(south, 0, -1);
  add(east, 1, 0);
  add(west, -1, 0);
  add(north && east, 1, 1);
  add(north && west, -1, 1);
  add(south && east, 1, -1);
  add(south && west, -1, -1);
  return cells;
}

/** The neighbour; beyond the edge of the map the opposite edge follows. */
function moved({ column, row, step }: Cell, columns: number, rows: number): Cell {
  const mask = 2 ** step - 1;
  return {
    column: columns === 0 ? column : (column + columns) & mask,
    row: rows === 0 ? row : (row + rows) & mask,
    step,
  };
}

/** Metres from the centre to the farthest point. */
function reachOf(shape: GeoShape): number {
  if (shape.kind === 'circle') return shape.radiusMetres;
  const { widthMetres, heightMetres } = shape;
  return Math.sqrt((widthMetres / 2) * (widthMetres / 2) + (heightMetres / 2) * (heightMetres / 2));
}

/** The finest step whose cells are about as wide as the reach; meridians draw together towards the poles. */
function stepFor(reachMetres: number, latitude: number): number {
  if (reachMetres === 0) return stepMax;
  let step = 1;
  for (let reach = reachMetres; reach < mercatorMaxMetres; reach *= 2) step++;
  step -= 2;
  if (Math.abs(latitude) > 66) step--;
  if (Math.abs(latitude) > 80) step--;
  return Math.min(Math.max(step, 1), stepMax);
}

/** Degrees that the shape reaches to each side; the widest parallel is the one nearer to the pole. */
function boundsOf(shape: GeoShape): { west: number; east: number; south: number; north: number } {
  const { longitude, latitude } = shape.centre;
  const up = shape.kind === 'circle' ? shape.radiusMetres : shape.heightMetres / 2;
  const aside = shape.kind === 'circle' ? shape.radiusMetres : shape.widthMetres / 2;
  const latitudeReach = degrees(up / earthRadiusMetres);
  const parallel = latitude < 0 ? latitude - latitudeReach : latitude + latitudeReach;
  const longitudeReach = degrees(aside / earthRadiusMetres / Math.cos(radians(parallel)));
  return {
    west: longitude - longitudeReach,
    east: longitude + longitudeReach,
    south: latitude - latitudeReach,
    north: latitude + latitudeReach,
  };
}
